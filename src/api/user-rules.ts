import { buildKey } from "../blocklist/key.ts";
import { PAIR_LISTS_MAX, USER_RULES_MAX } from "../limits.ts";
import type { RuleEntry } from "./rule-answers.ts";
import { isRuleKey, readListed, readRule } from "./rules.ts";

const KINDS = ["user", "responder", "applicant"] as const;

/**
 * The rules about a user. The key of a pair's rule begins with the user who answers. To find the rules in
 * which the user is the other one, it looks through the keys of all pairs, up to a bound.
 */
export async function readRulesAbout(
  kv: KVNamespace,
  userId: string,
): Promise<{ rules: RuleEntry[]; incomplete: boolean }> {
  const [own, asResponder, others] = await Promise.all([
    Promise.all(KINDS.map((kind) => readRule(kv, buildKey(kind, [userId])))),
    listKeys(kv, `${buildKey("pair", [userId])}:`, 1),
    listKeys(kv, "pair:", PAIR_LISTS_MAX),
  ]);
  const ending = buildKey("user", [userId]).slice("user".length);
  const asApplicant = others.keys.filter(({ name }) => name.endsWith(ending));
  const pairs = new Map([...asResponder.keys, ...asApplicant].map((key) => [key.name, key]));
  const shown = [...pairs.values()].slice(0, USER_RULES_MAX);
  return {
    rules: [...own.filter((rule) => rule !== undefined), ...(await readListed(kv, shown))],
    incomplete: !asResponder.isAll || !others.isAll || shown.length < pairs.size,
  };
}

/** The keys that begin with a text, as far as this number of lists shows them. */
async function listKeys(
  kv: KVNamespace,
  prefix: string,
  lists: number,
): Promise<{ keys: KVNamespaceListKey<unknown>[]; isAll: boolean }> {
  const keys: KVNamespaceListKey<unknown>[] = [];
  if (!isRuleKey(prefix)) return { keys, isAll: true };
  let cursor: string | null = null;
  for (let list = 0; list < lists; list += 1) {
    const page: KVNamespaceListResult<unknown> = await kv.list({ prefix, cursor });
    keys.push(...page.keys);
    if (page.list_complete) return { keys, isAll: true };
    cursor = page.cursor;
  }
  return { keys, isAll: false };
}
