import { stripVTControlCharacters } from "node:util";
import { shown } from "../../src/spreadsheet/written.ts";

/** A text for a terminal, as `shown` makes it. Its line breaks stay. */
export function shownLines(text: string): string {
  return text.split("\n").map(shown).join("\n");
}

/** JSON that says the same, because JSON knows the same escapes. */
export function shownJson(value: unknown, indent?: number): string {
  return shownLines(JSON.stringify(value, null, indent));
}

/** What went wrong, for stderr. An error may quote stored texts, and wrangler with its colours. */
export function errorText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return shownLines(stripVTControlCharacters(message));
}
