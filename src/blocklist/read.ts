import { KV_BULK_MAX_KEYS, KV_EXTRA_READS_MAX } from "../limits.ts";
import { type Outcome, tryWithTimeout } from "../timeout.ts";
import type { Rules } from "./decide.ts";
import { buildKeys, type FriendAction, type RuleKind } from "./key.ts";
import { parseRule, type Rule } from "./value.ts";

export type RulesRead = {
  rules: Rules;
  /** Keys that were not read. It is not known whether they hold a rule. */
  unread: ReadonlySet<string>;
  /** Why they were not read, if there are any. */
  failure?: Exclude<Outcome<never>, { ok: true }> | undefined;
};

/**
 * The rules about these actions, as far as they can be read within a time, in milliseconds. There is one
 * bulk read for each hundred distinct keys, in the order of the actions. A Worker has six connections,
 * and what is asked first is answered first. A bulk read fails as a whole. Then its halves are read, so
 * that one value that is too large does not hide the others.
 *
 * @param mayHold tells which keys may hold a rule; the others count as read
 */
export async function readRules(
  kv: KVNamespace,
  actions: readonly FriendAction[],
  kinds: readonly RuleKind[],
  timeoutMs: number,
  mayHold?: (key: string) => boolean,
): Promise<RulesRead> {
  const unread = new Set<string>();
  for (const about of actions) {
    for (const { key } of buildKeys(about, kinds)) if (mayHold?.(key) ?? true) unread.add(key);
  }
  const rules = new Map<string, Rule>();
  let extraReads = KV_EXTRA_READS_MAX;
  let error: unknown;
  let isOver = false;

  const read = async (some: string[]): Promise<void> => {
    try {
      const values = await kv.get(some, "text");
      // The decision was made without values that come after the time.
      if (isOver) return;
      for (const key of some) {
        const value = values.get(key) ?? null;
        unread.delete(key);
        if (value !== null) rules.set(key, parseRule(value));
      }
    } catch (thrown) {
      error = thrown;
      if (isOver || some.length === 1 || extraReads < 2) return;
      extraReads -= 2;
      const half = Math.ceil(some.length / 2);
      await Promise.all([read(some.slice(0, half)), read(some.slice(half))]);
    }
  };

  const distinct = [...unread];
  const outcome = await tryWithTimeout(timeoutMs, async () => {
    const reads = [];
    for (let start = 0; start < distinct.length; start += KV_BULK_MAX_KEYS) {
      reads.push(read(distinct.slice(start, start + KV_BULK_MAX_KEYS)));
    }
    // None of them throws.
    for (const each of reads) await each;
  });
  isOver = true;
  if (unread.size === 0) return { rules, unread };
  return { rules, unread, failure: outcome.ok ? { ok: false, reason: "error", error } : outcome };
}
