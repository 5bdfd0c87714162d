import { momentText } from "../lib/dates.ts";
import { shown } from "../lib/terminal.ts";
import type { Entry } from "./entry.ts";
import { isSameRule } from "./same-rule.ts";

export type Drift = {
  /** In the file alone. */
  add: Entry[];
  change: { before: Entry; after: Entry }[];
  /** The keys that are stored alone. */
  remove: string[];
};

/** What an import of the first with --prune would do to the second. */
export function compare(
  wanted: readonly Entry[],
  stored: readonly Pick<Entry, "key" | "expiration" | "metadata">[],
  values: ReadonlyMap<string, string>,
): Drift {
  const keys = new Set(wanted.map(({ key }) => key));
  const before = new Map(
    stored.flatMap((each) => {
      const value = values.get(each.key);
      return value === undefined ? [] : [[each.key, { ...each, value }] as const];
    }),
  );
  const drift: Drift = {
    add: [],
    change: [],
    remove: stored.map(({ key }) => key).filter((key) => !keys.has(key)),
  };
  for (const after of wanted) {
    const was = before.get(after.key);
    if (was === undefined) drift.add.push(after);
    else if (!isSameRule(was, after)) drift.change.push({ before: was, after });
  }
  return drift;
}

export function driftLines({ add, change, remove }: Drift): string[] {
  return [
    ...add.map((entry) => `+ ${entry.key}  ${ruleText(entry)}`),
    ...change.map(
      ({ before, after }) => `~ ${after.key}  ${ruleText(before)} -> ${ruleText(after)}`,
    ),
    ...remove.map((key) => `- ${key}`),
  ].map(shown);
}

function ruleText({ value, expiration, expiration_ttl: ttl }: Entry): string {
  if (expiration !== undefined) return `${value} (until ${momentText(expiration * 1_000)})`;
  return ttl === undefined ? value : `${value} (for ${ttl} s)`;
}
