import { readFileSync } from "node:fs";
import { parseBulkFile } from "./bulk-file.ts";
import { parseCsvFile } from "./csv-file.ts";
import type { ReadEntries } from "./entry.ts";
import { lintEntries } from "./lint.ts";

/** The rules of a CSV or bulk JSON file, and all that is wrong with them in the order of its lines. */
export function readRules(file: string): ReadEntries {
  const text = utf8Text(readFileSync(file));
  if (text === undefined) {
    // Read as UTF-8, its rules would be about other accounts than were meant.
    return {
      entries: [],
      problems: [{ line: undefined, message: "is not UTF-8: save it as UTF-8" }],
    };
  }
  const { entries, problems } = /\.csv$/i.test(file) ? parseCsvFile(text) : parseBulkFile(text);
  return {
    entries,
    problems: [...problems, ...lintEntries(entries, Math.floor(Date.now() / 1000))].sort(
      (a, b) => (a.line ?? 0) - (b.line ?? 0),
    ),
  };
}

function utf8Text(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
