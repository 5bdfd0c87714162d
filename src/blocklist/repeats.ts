import type { Entry, Located, Problem } from "./entry.ts";
import { isSameRule } from "./same-rule.ts";

type WithoutRepeats = {
  entries: Located<Entry>[];
  /** The lines that say again what another line says. */
  repeats: { line: number | undefined; first: number | undefined }[];
  /** The lines that say something else than another line about the same. */
  problems: Problem[];
};

/** Each rule once: a line that says the same again is dropped, and one that contradicts is a problem. */
export function withoutRepeats(entries: readonly Located<Entry>[]): WithoutRepeats {
  const firsts = new Map<string, Located<Entry>>();
  const result: WithoutRepeats = { entries: [], repeats: [], problems: [] };
  for (const entry of entries) {
    const { key, line } = entry;
    const first = firsts.get(key);
    if (!first) {
      firsts.set(key, entry);
      result.entries.push(entry);
    } else if (isSameRule(first, entry)) {
      result.repeats.push({ line, first: first.line });
    } else {
      const message = `contradicts line ${first.line}, another rule with the same key`;
      result.problems.push({ line, key, message });
    }
  }
  return result;
}
