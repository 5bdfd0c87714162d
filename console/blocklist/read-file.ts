import { parse } from "csv-parse/browser/esm/sync";
import { entriesOf } from "../../src/blocklist/csv-file.ts";
import { isColumn } from "../../src/blocklist/csv-row.ts";
import { doubtsAbout } from "../../src/blocklist/doubts.ts";
import type { Entry, Located, Problem } from "../../src/blocklist/entry.ts";
import { fieldsOf } from "../../src/blocklist/fields.ts";
import { lintEntries } from "../../src/blocklist/lint.ts";
import { withoutRepeats } from "../../src/blocklist/repeats.ts";
import { decode, nameOf } from "../../src/spreadsheet/decode.ts";
import { delimiterOf } from "../../src/spreadsheet/delimiter.ts";
import { type Parse, rowsWith } from "../../src/spreadsheet/rows.ts";
import type { Put } from "./write.ts";

export type ReadFile = {
  /** The rules without a mistake. */
  rules: Located<Entry>[];
  problems: Problem[];
  /** How many rows repeat another row. */
  repeats: number;
  /** How the file was read. */
  encoding: string | undefined;
};

/** The rules of a CSV file. The code is the same as that of the command line tool. */
export function readFile(bytes: Uint8Array, nowMs: number): ReadFile {
  const decoded = decode(bytes);
  if (!decoded.ok) {
    return { rules: [], problems: [decoded.problem], repeats: 0, encoding: undefined };
  }
  const { text, encoding } = decoded;
  const { rows, problem } = rowsWith(parse as Parse, text, delimiterOf(text, isColumn));
  const read = problem === undefined ? entriesOf(rows) : { entries: [], problems: [problem] };
  const once = withoutRepeats(read.entries);
  const wrong = [
    ...read.problems,
    ...once.problems,
    ...lintEntries(once.entries, Math.floor(nowMs / 1_000)),
    ...doubtsAbout(once.entries, "mend it, or add the rule by hand"),
  ];
  const wrongLines = new Set(wrong.map(({ line }) => line));
  return {
    rules: once.entries.filter(({ line }) => !wrongLines.has(line)),
    problems: wrong.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)),
    repeats: once.repeats.length,
    encoding: nameOf(encoding),
  };
}

/** A rule of a file, in the form in which it is stored. */
export function putOf({ key, value, expiration }: Entry): Put {
  return {
    key,
    search: expiration === undefined ? "" : `?expiration=${expiration}`,
    body: fieldsOf(value) ?? {},
  };
}
