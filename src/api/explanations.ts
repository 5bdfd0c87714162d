import { explain, keysToExplain, withAcceptance } from "../blocklist/explain.ts";
import type { FriendAction } from "../blocklist/key.ts";
import type { Config } from "../config.ts";
import { KV_BULK_MAX_KEYS } from "../limits.ts";
import type { Explained } from "./rule-answers.ts";
import type { ExplanationBody } from "./rule-parameters.ts";

/** What would become of a request and of its acceptance, or of one response, and why. */
export async function explainDecision(
  kv: KVNamespace,
  { blocklistKinds, blocklistMode }: Pick<Config, "blocklistKinds" | "blocklistMode">,
  { action, ...about }: ExplanationBody,
): Promise<Explained> {
  const actions: FriendAction[] =
    action === undefined ? withAcceptance({ ...about, action: "Request" }) : [{ ...about, action }];
  // There are a dozen keys at most.
  const keys = keysToExplain(actions).slice(0, KV_BULK_MAX_KEYS);
  const found = keys.length === 0 ? [] : await kv.get(keys, "text");
  const values = new Map(
    [...found].flatMap(([key, value]) => (value === null ? [] : [[key, value] as const])),
  );
  const explained = explain(actions, values, blocklistKinds);
  return {
    kinds: explained.kinds,
    blocklistMode,
    keys: explained.keys.map(({ rule, ...key }) => ({
      ...key,
      rule: rule ?? null,
    })),
    answers: explained.answers.map(({ about: { action }, decision, result }) => ({
      action,
      outcome: decision.outcome,
      decidedBy: decision.decidedBy?.key ?? null,
      observed: decision.observed?.key ?? null,
      result,
    })),
  };
}
