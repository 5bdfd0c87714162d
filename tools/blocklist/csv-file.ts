import { stringify } from "csv-stringify/sync";
import { entriesOf, rowsFor } from "../../src/blocklist/csv-file.ts";
import { COLUMNS } from "../../src/blocklist/csv-row.ts";
import type { Entry, Located, Problem, ReadEntries } from "../../src/blocklist/entry.ts";
import { csvRows } from "../lib/csv-rows.ts";

/** The rules of a CSV file. Its first row names its columns. Empty rows do not count. */
export function parseCsvFile(text: string, delimiter = ","): ReadEntries {
  const { rows, problem } = csvRows(text, delimiter);
  return problem === undefined ? entriesOf(rows) : { entries: [], problems: [problem] };
}

/** These rules as CSV, and the rules that a row cannot hold. */
export function csvFile(entries: readonly Located<Entry>[]): { csv: string; problems: Problem[] } {
  const { rows, problems } = rowsFor(entries);
  return { csv: stringify(rows, { header: true, columns: [...COLUMNS] }), problems };
}
