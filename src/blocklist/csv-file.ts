import type { CsvRow } from "../spreadsheet/rows.ts";
import { COLUMNS, columnOf, entryOf, exactRowOf, type Row } from "./csv-row.ts";
import type { Entry, Located, Problem, ReadEntries } from "./entry.ts";

/** The rules of a CSV file whose first row names its columns. */
export function entriesOf(rows: readonly CsvRow[]): ReadEntries {
  const [header = { cells: [], line: 1 }, ...rest] = rows;
  const wrong = headerProblem(header.cells);
  if (wrong !== undefined) {
    const message = `${wrong}: the first row names the columns, of ${COLUMNS.join(", ")}`;
    return { entries: [], problems: [{ line: header.line, message }] };
  }

  const read: ReadEntries = { entries: [], problems: [] };
  for (const { cells, line } of rest) {
    const row = rowOf(cells, header.cells);
    const made = row
      ? entryOf(row)
      : {
          message:
            "has more cells than there are columns: put quotes around a text that holds the separator",
        };
    if ("message" in made) read.problems.push({ line, message: made.message });
    else read.entries.push({ ...made, line });
  }
  return read;
}

/**
 * These rules as rows, and as problems the rules that a row cannot hold. Such a rule cannot be read, or it
 * would come back as another rule.
 */
export function rowsFor(entries: readonly Located<Entry>[]): { rows: Row[]; problems: Problem[] } {
  const rows: Row[] = [];
  const problems: Problem[] = [];
  for (const entry of entries) {
    const row = exactRowOf(entry);
    if (row) rows.push(row);
    else problems.push({ line: entry.line, key: entry.key, message: "cannot be written as CSV" });
  }
  return { rows, problems };
}

function headerProblem(names: readonly string[]): string | undefined {
  const given = names.map((name) => name.trim()).filter((name) => name !== "");
  const unknown = given.filter((name) => columnOf(name) === undefined);
  if (unknown.length > 0) return `unknown column ${unknown.join(", ")}`;
  const columns = given.map(columnOf);
  const twice = columns.find((column, at) => columns.indexOf(column) !== at);
  if (twice !== undefined) return `the column ${twice} is there twice`;
  return columns.includes("kind") ? undefined : "no column kind";
}

/** Undefined for a row with a cell that belongs to no column. */
function rowOf(cells: readonly string[], header: readonly string[]): Row | undefined {
  const row: Row = {};
  for (const [at, cell] of cells.entries()) {
    const column = columnOf(header[at] ?? "");
    if (column !== undefined) row[column] = cell;
    else if (cell.trim() !== "") return undefined;
  }
  return row;
}
