import { parse } from "csv-parse/sync";
import { rowsWith } from "../../src/spreadsheet/rows.ts";

/** The rows of a CSV text that are not empty. Each has the line on which it begins. */
export function csvRows(text: string, delimiter: string) {
  return rowsWith(parse, text, delimiter);
}
