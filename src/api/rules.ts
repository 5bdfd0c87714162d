import type { Entry } from "../blocklist/entry.ts";
import { QUOTA_METADATA } from "../blocklist/limit.ts";
import { lintEntries } from "../blocklist/lint.ts";
import { isFilterKey } from "../blocklist/packed.ts";
import { canBeKey } from "../blocklist/parse-key.ts";
import { parseRule } from "../blocklist/value.ts";
import { KV_BULK_MAX_KEYS } from "../limits.ts";
import type { RuleEntry } from "./rule-answers.ts";
import type { RulesQuery } from "./rule-parameters.ts";

/** A page of the rules whose keys begin with a text, in the order of the keys. */
export async function readRules(
  kv: KVNamespace,
  { prefix, limit, cursor }: RulesQuery,
): Promise<{ rules: RuleEntry[]; cursor: string | null }> {
  const page = await kv.list({ prefix, limit, cursor: cursor ?? null });
  const keys = page.keys.filter(({ name }) => isRuleKey(name));
  const rules = await readListed(kv, keys);
  return { rules, cursor: page.list_complete ? null : page.cursor };
}

/** The rules under listed keys. A rule that has ended since the listing is left out. */
export async function readListed(
  kv: KVNamespace,
  keys: readonly KVNamespaceListKey<unknown>[],
): Promise<RuleEntry[]> {
  const rules: RuleEntry[] = [];
  for (let start = 0; start < keys.length; start += KV_BULK_MAX_KEYS) {
    const some = keys.slice(start, start + KV_BULK_MAX_KEYS);
    const values = await kv.get(
      some.map(({ name }) => name),
      "text",
    );
    for (const { name: key, ...listed } of some) {
      const value = values.get(key) ?? null;
      if (value !== null) rules.push(ruleEntryOf({ key, value, ...listed } as Entry));
    }
  }
  return rules;
}

/** One rule; undefined if there is none under this key. Only KV's list says when a rule ends. */
export async function readRule(kv: KVNamespace, key: string): Promise<RuleEntry | undefined> {
  if (!isRuleKey(key)) return undefined;
  const { keys } = await kv.list({ prefix: key, limit: 1 });
  const [rule] = await readListed(
    kv,
    keys.filter(({ name }) => name === key),
  );
  return rule;
}

/** Whether this key can be a rule's. What friendgate keeps for itself in the namespace is no rule. */
export function isRuleKey(key: string): boolean {
  return !isFilterKey(key) && canBeKey(key);
}

/** A rule as it is stored, and what there is to say about it. */
export function ruleEntryOf(entry: Entry): RuleEntry {
  const { key, value, expiration, metadata } = entry;
  const { by } = (metadata ?? {}) as { by?: unknown };
  return {
    key,
    value,
    rule: parseRule(value),
    problems: lintEntries([{ ...entry, line: undefined }], undefined).map(({ message }) => message),
    expiresAt: expiration === undefined ? null : expiration * 1_000,
    madeBy: by === QUOTA_METADATA.by ? "quota" : null,
  };
}
