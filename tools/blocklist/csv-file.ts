import { CsvError, parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { COLUMNS, entryOf, exactRowOf, type Row } from "./csv-row.ts";
import type { Entry, Located, Problem, ReadEntries } from "./entry.ts";

type CsvRecord = { record: Row; raw: string; info: { lines: number; error?: CsvError } };

/** The rules of a CSV file whose first line names its columns. */
export function parseCsvFile(text: string): ReadEntries {
  let records: CsvRecord[];
  let header: string[] = [];
  try {
    // A line break within quotes would count twice if it were two characters.
    records = parse(text.replaceAll("\r\n", "\n"), {
      bom: true,
      columns: (names: string[]) => {
        header = names.map((name) => name.trim());
        return header;
      },
      info: true,
      raw: true,
      relax_column_count: true,
      skip_empty_lines: true,
    }) as unknown as CsvRecord[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return { entries: [], problems: [{ line: Number(error.lines), message: error.message }] };
  }
  const unknown = header.filter((name) => !(COLUMNS as readonly string[]).includes(name));
  if (unknown.length > 0 || !header.includes("kind")) {
    const wrong = unknown.length > 0 ? `unknown column ${unknown.join(", ")}` : "no column kind";
    const message = `${wrong}: the first line names the columns, of ${COLUMNS.join(", ")}`;
    return { entries: [], problems: [{ line: 1, message }] };
  }

  const read: ReadEntries = { entries: [], problems: [] };
  for (const { record, raw, info } of records) {
    // `lines` is where the record ends.
    const line = info.lines - (raw.trim().match(/\n/g)?.length ?? 0);
    const made = info.error ? { message: "has more or fewer cells than columns" } : entryOf(record);
    if ("message" in made) read.problems.push({ line, message: made.message });
    else read.entries.push({ ...made, line });
  }
  return read;
}

/**
 * These rules as CSV, and the rules that a row cannot hold: they cannot be read as a rule, or they
 * would come back as another one.
 */
export function csvFile(entries: readonly Located<Entry>[]): { csv: string; problems: Problem[] } {
  const rows: Row[] = [];
  const problems: Problem[] = [];
  for (const entry of entries) {
    const row = exactRowOf(entry);
    if (row) rows.push(row);
    else problems.push({ line: entry.line, key: entry.key, message: "cannot be written as CSV" });
  }
  return { csv: stringify(rows, { header: true, columns: [...COLUMNS] }), problems };
}
