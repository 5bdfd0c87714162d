import { readFileSync } from "node:fs";
import { isColumn } from "../../src/blocklist/csv-row.ts";
import { doubtsAbout } from "../../src/blocklist/doubts.ts";
import type { ReadEntries } from "../../src/blocklist/entry.ts";
import { lintEntries } from "../../src/blocklist/lint.ts";
import { withoutRepeats } from "../../src/blocklist/repeats.ts";
import { decode, nameOf } from "../../src/spreadsheet/decode.ts";
import { delimiterOf, describeDelimiter } from "../../src/spreadsheet/delimiter.ts";
import { parseBulkFile } from "./bulk-file.ts";
import { parseCsvFile } from "./csv-file.ts";

export type FileOptions = {
  encoding?: string;
  delimiter?: string;
  /** Accepts rules that are only in doubt. */
  force?: boolean;
};

/** What the tool found out about a file. The user can see whether it is right. */
type Notes = { notes: string[] };

/**
 * The rules of a CSV or bulk JSON file, each once, and all problems with them. The problems are in the
 * order of the lines.
 */
export function readRules(file: string, options: FileOptions = {}): ReadEntries & Notes {
  const { entries, problems, notes } = readUnlintedRules(file, options);
  const all = [
    ...problems,
    ...lintEntries(entries, Math.floor(Date.now() / 1000)),
    ...(options.force ? [] : doubtsAbout(entries)),
  ];
  return { entries, problems: all.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)), notes };
}

/** The same for callers that only need a file that can be read. */
export function readUnlintedRules(
  file: string,
  { encoding: named, delimiter: given }: FileOptions = {},
): ReadEntries & Notes {
  const decoded = decode(readFileSync(file), named);
  if (!decoded.ok) return { entries: [], problems: [decoded.problem], notes: [] };
  const { text, encoding, isCertain } = decoded;
  const isJson = /\.json$/i.test(file);
  const delimiter = given ?? delimiterOf(text, isColumn);
  const read = isJson ? parseBulkFile(text) : parseCsvFile(text, delimiter);
  const { entries, repeats, problems } = withoutRepeats(read.entries);
  const [repeat] = repeats;
  return {
    entries,
    problems: [...read.problems, ...problems],
    notes: [
      ...(isJson ? [] : [`read as ${nameOf(encoding)}, ${describeDelimiter(delimiter)}`]),
      ...(isCertain
        ? []
        : ["it is not UTF-8: if its texts are not Chinese, name its encoding with --encoding"]),
      ...(repeat === undefined
        ? []
        : [
            `${repeats.length} ${repeats.length === 1 ? "row repeats" : "rows repeat"} a rule, ` +
              `which counts once: line ${repeat.line} is as line ${repeat.first}`,
          ]),
    ],
  };
}
