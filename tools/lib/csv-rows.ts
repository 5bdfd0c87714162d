import { CsvError, parse } from "csv-parse/sync";
import type { Problem } from "./decode.ts";

type CsvRecord = { record: string[]; raw: string; info: { lines: number } };
export type CsvRow = { cells: string[]; line: number };

/** The rows of a CSV text that hold anything, each with the line on which it begins. */
export function csvRows(text: string, delimiter: string): { rows: CsvRow[]; problem?: Problem } {
  try {
    return { rows: rowsOf(text, delimiter) };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return { rows: [], problem: { line: Number(error.lines), message: error.message } };
  }
}

function rowsOf(text: string, delimiter: string): CsvRow[] {
  // A line break within quotes would count twice if it were two characters.
  const records = parse(text.replace(/\r\n?/g, "\n"), {
    bom: true,
    delimiter,
    info: true,
    raw: true,
    // Excel leaves out empty cells at the end of a row, and adds some where a column is wider.
    relax_column_count: true,
    skip_empty_lines: true,
  }) as unknown as CsvRecord[];
  return records
    .filter(({ record }) => record.some((cell) => cell.trim() !== ""))
    .map(({ record, raw, info }) => ({
      cells: record,
      // `lines` is where the record ends.
      line: info.lines - (raw.trim().match(/\n/g)?.length ?? 0),
    }));
}
