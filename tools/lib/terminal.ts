import { stripVTControlCharacters } from "node:util";
import { shown } from "../../src/spreadsheet/written.ts";

/** A text for a terminal, as `shown` has it, whose line breaks are meant. */
export function shownLines(text: string): string {
  return text.split("\n").map(shown).join("\n");
}

/** JSON that says the same, for JSON knows the same escapes. */
export function shownJson(value: unknown, indent?: number): string {
  return shownLines(JSON.stringify(value, null, indent));
}

/** What went wrong, for stderr. An error may quote wrangler, with its colours, and stored texts. */
export function errorText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return shownLines(stripVTControlCharacters(message));
}
