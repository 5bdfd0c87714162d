import type { Problem } from "./decode.ts";

type CsvRecord = { record: string[]; raw: string; info: { lines: number } };
export type CsvRow = { cells: string[]; line: number };

/** csv-parse, in the build of the reader: a browser has another build than Node.js. */
export type Parse = (text: string, options: object) => unknown;

/** The rows of a CSV text that hold anything, each with the line on which it begins. */
export function rowsWith(
  parse: Parse,
  text: string,
  delimiter: string,
): { rows: CsvRow[]; problem?: Problem } {
  try {
    return { rows: rowsOf(parse, text, delimiter) };
  } catch (error) {
    // An error of csv-parse says on which line it is.
    if (!(error instanceof Error && "lines" in error)) throw error;
    return { rows: [], problem: { line: Number(error.lines), message: error.message } };
  }
}

function rowsOf(parse: Parse, text: string, delimiter: string): CsvRow[] {
  // A line break within quotes would count twice if it were two characters.
  const records = parse(text.replace(/\r\n?/g, "\n"), {
    bom: true,
    delimiter,
    info: true,
    raw: true,
    // Excel leaves out empty cells at the end of a row, and adds some where a column is wider.
    relax_column_count: true,
    skip_empty_lines: true,
  }) as CsvRecord[];
  return records
    .filter(({ record }) => record.some((cell) => cell.trim() !== ""))
    .map(({ record, raw, info }) => ({
      cells: record,
      // `lines` is where the record ends.
      line: info.lines - (raw.trim().match(/\n/g)?.length ?? 0),
    }));
}
