import type { Entry, Located, Problem } from "./entry.ts";
import { isSameRule } from "./same-rule.ts";

type WithoutRepeats = {
  entries: Located<Entry>[];
  /** The lines that repeat another line. */
  repeats: { line: number | undefined; first: number | undefined }[];
  /** The lines that contradict another line with the same key. */
  problems: Problem[];
};

/** Each rule once. A line that repeats another one is dropped. A line that contradicts one is a problem. */
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
