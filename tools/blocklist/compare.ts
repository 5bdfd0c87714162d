import type { Entry } from "../../src/blocklist/entry.ts";
import { QUOTA_METADATA } from "../../src/blocklist/limit.ts";
import { isSameRule } from "../../src/blocklist/same-rule.ts";
import { momentText } from "../../src/spreadsheet/moment.ts";
import { shown } from "../../src/spreadsheet/written.ts";

export type Drift = {
  /** Rules that only the file has. */
  add: Entry[];
  change: { before: Entry; after: Entry }[];
  /** Keys that only the storage has. */
  remove: string[];
};

/** What an import of `wanted` with --prune would do to `stored`. */
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
    remove: obsolete(stored, keys),
  };
  for (const after of wanted) {
    const was = before.get(after.key);
    if (was === undefined) drift.add.push(after);
    else if (!isSameRule(was, after)) drift.change.push({ before: was, after });
  }
  return drift;
}

/**
 * The stored keys that a file with all rules does not have. Rules that REQUESTS_PER_DAY has given are
 * left out: they come and go by themselves.
 */
export function obsolete(
  stored: readonly Pick<Entry, "key" | "metadata">[],
  keys: ReadonlySet<string>,
): string[] {
  return stored.filter((entry) => !keys.has(entry.key) && !isGiven(entry)).map(({ key }) => key);
}

/** Whether REQUESTS_PER_DAY has given a rule. */
export function isGiven({ metadata = {} }: Pick<Entry, "metadata">): boolean {
  return (metadata as { by?: unknown }).by === QUOTA_METADATA.by;
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
