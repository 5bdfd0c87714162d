/**
 * What spreadsheets put between cells. They use the semicolon where numbers have a comma. Excel's "Unicode
 * Text" uses a tab.
 */
const NAMES: Record<string, string> = { ",": "commas", ";": "semicolons", "\t": "tabs" };

/** The delimiter that finds the most names of columns in the first line that is not empty. */
export function delimiterOf(text: string, isColumn: (name: string) => boolean): string {
  const header = text.split(/\r\n?|\n/).find((line) => /[^\s,;"]/.test(line)) ?? "";
  const known = (delimiter: string) =>
    header.split(delimiter).filter((cell) => isColumn(cell.replaceAll('"', ""))).length;
  return Object.keys(NAMES).reduce((best, each) => (known(each) > known(best) ? each : best));
}

export function describeDelimiter(delimiter: string): string {
  return `separated by ${NAMES[delimiter] ?? JSON.stringify(delimiter)}`;
}

/** A delimiter as a person gives it. The bar cannot be one: it stands between the items of a list. */
export function parseDelimiter(text: string): string | undefined {
  if (/^(?:tab|\\t)$/i.test(text)) return "\t";
  return /^[^|"\w\r\n]$/u.test(text) ? text : undefined;
}
