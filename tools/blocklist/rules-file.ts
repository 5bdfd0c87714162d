import { readFileSync } from "node:fs";
import { parseBulkFile } from "./bulk-file.ts";
import { parseCsvFile } from "./csv-file.ts";
import type { ReadEntries } from "./entry.ts";
import { lintEntries } from "./lint.ts";

/** The rules of a CSV or bulk JSON file, and all that is wrong with them in the order of its lines. */
export function readRules(file: string): ReadEntries {
  const text = readFileSync(file, "utf8");
  const { entries, problems } = /\.csv$/i.test(file) ? parseCsvFile(text) : parseBulkFile(text);
  return {
    entries,
    problems: [...problems, ...lintEntries(entries, Math.floor(Date.now() / 1000))].sort(
      (a, b) => (a.line ?? 0) - (b.line ?? 0),
    ),
  };
}
