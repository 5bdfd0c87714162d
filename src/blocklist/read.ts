import { KV_BULK_MAX_KEYS, KV_KEY_MAX_BYTES } from "../limits.ts";
import type { Rules } from "./decide.ts";
import { buildKeys, type FriendResponse, type RuleKind } from "./key.ts";
import { parseRule, type Rule } from "./value.ts";

/**
 * The rules about these responses. One bulk read for each hundred distinct keys.
 *
 * @throws what KV throws
 */
export async function readRules(
  kv: KVNamespace,
  responses: readonly FriendResponse[],
  kinds: readonly RuleKind[],
): Promise<Rules> {
  const keys = [
    ...new Set(responses.flatMap((response) => buildKeys(response, kinds).map(({ key }) => key))),
  ].filter((key) => key.length <= KV_KEY_MAX_BYTES);
  const reads = [];
  for (let start = 0; start < keys.length; start += KV_BULK_MAX_KEYS) {
    reads.push(kv.get(keys.slice(start, start + KV_BULK_MAX_KEYS), "text"));
  }
  const rules = new Map<string, Rule>();
  for (const values of await Promise.all(reads)) {
    for (const [key, value] of values) {
      if (value !== null) rules.set(key, parseRule(value));
    }
  }
  return rules;
}
