import { stripVTControlCharacters } from "node:util";

/**
 * Characters that a terminal obeys (C0, DEL, C1), that turn text around (the bidi controls), that
 * begin a line, or that nobody sees. The two joiners stay: emoji and Persian need them.
 */
const UNSAFE =
  /[\p{Cc}\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/gu;

/** A text for one line of a terminal: what is unsafe about it is written out, as \u001b. */
export function shown(text: string): string {
  return text.replace(UNSAFE, written);
}

/** The same for a text whose line breaks are meant. */
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

/** A character as JSON would escape it. */
export function written(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
