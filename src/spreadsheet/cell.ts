import { shown, written } from "./written.ts";

/** A spreadsheet takes a cell that begins like this for a formula. The last four are wide forms. */
const FORMULA = /^'*[=+\-@\uff1d\uff0b\uff0d\uff20]/;
/** Matches only cells to which `toCell` has added an apostrophe. */
const NEUTRAL = /^'+[=+\-@\uff1d\uff0b\uff0d\uff20]/;

const WRITTEN = /\\u([0-9a-f]{4})/gi;
const EDGE_SPACES = /^\s+|\s+$/g;

export const CELLS_HELP =
  "A spreadsheet takes a cell that begins with = + - or @ for a formula, so export puts an apostrophe " +
  "before it: '=1+1. It writes control characters as \\u001b, and spaces at an edge as \\u0020. Import " +
  "turns all of these back, so what is exported imports unchanged.";

/**
 * A text as a cell of a CSV file: no terminal and no spreadsheet obeys it, and `fromCell` gives it
 * back. (The option `escape_formulas` of csv-stringify cannot be undone: it leaves '=1 as it is.)
 */
export function toCell(text: string): string {
  const cell = toItem(text);
  return FORMULA.test(cell) ? `'${cell}` : cell;
}

/** Reads a cell, with or without what `toCell` did to it. Spaces around it do not count. */
export function fromCell(cell: string): string {
  return fromItem(withoutApostrophe(cell.trim()));
}

/** Several texts in one cell, with | between them. */
export function toListCell(texts: readonly string[]): string {
  const cell = texts.map((text) => toItem(text).replaceAll("|", written)).join("|");
  return FORMULA.test(cell) ? `'${cell}` : cell;
}

export function fromListCell(cell: string): string[] {
  return withoutApostrophe(cell.trim())
    .split("|")
    .map((item) => fromItem(item.trim()));
}

/** A backslash that would be read as the beginning of an escape is escaped itself. */
function toItem(text: string): string {
  return shown(text.replace(WRITTEN, (found) => `${written("\\")}${found.slice(1)}`)).replace(
    EDGE_SPACES,
    (spaces) => [...spaces].map(written).join(""),
  );
}

function fromItem(item: string): string {
  return item.replace(WRITTEN, (found, hex) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return isWritten(character) ? character : found;
  });
}

/** Only these are ever written as escapes: a person's own \u0041 stays as it is. */
function isWritten(character: string): boolean {
  return shown(character) !== character || /[\\|\s]/.test(character);
}

function withoutApostrophe(cell: string): string {
  return NEUTRAL.test(cell) ? cell.slice(1) : cell;
}
