/**
 * Characters that a terminal obeys (C0, DEL, C1), that turn text around (the bidi controls), that
 * begin a line, or that nobody sees. The two joiners stay: emoji and Persian need them.
 */
const UNSAFE =
  /[\p{Cc}\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/gu;

/** A text for one line of a terminal or one cell. Unsafe characters are written out, as \u001b. */
export function shown(text: string): string {
  return text.replace(UNSAFE, written);
}

/** A character as JSON would escape it. */
export function written(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
