import { waitingDeadLetters } from "./friends/dead-letters.ts";
import { HEALTH_TIMEOUT_MS } from "./limits.ts";
import { within } from "./within.ts";

export type Health = {
  /** Waiting for somebody to settle them; null where the database does not answer. */
  deadLetters: { depth: number; oldestAgeSeconds: number } | null;
  /** What no consumer has had yet; null where the platform does not tell. */
  queue: { depth: number; oldestAgeSeconds: number } | null;
  /** Whether the blocklist answers; for a minute after it did, KV may answer from its cache. */
  blocklistReadable: boolean;
};

/** No rule's key: rules begin with a kind and a colon. */
const NO_RULE = "health";

/** What an operator watches. It asks every store, and waits for none for long. */
export async function healthOf(
  { db, queue, blocklist }: { db: D1Database; queue: Queue; blocklist: KVNamespace },
  nowMs: number,
): Promise<Health> {
  const [deadLetters, backlog, noRule] = await Promise.all([
    within(HEALTH_TIMEOUT_MS, () => waitingDeadLetters(db, nowMs)),
    within(HEALTH_TIMEOUT_MS, () => backlogOf(queue, nowMs)),
    within(HEALTH_TIMEOUT_MS, () => blocklist.get(NO_RULE)),
  ]);
  return {
    deadLetters: deadLetters.ok ? deadLetters.value : null,
    queue: backlog.ok ? backlog.value : null,
    blocklistReadable: noRule.ok,
  };
}

async function backlogOf(queue: Queue, nowMs: number): Promise<Health["queue"]> {
  const { backlogCount, oldestMessageTimestamp } = await queue.metrics();
  const oldestMs = oldestMessageTimestamp?.getTime() ?? nowMs;
  return {
    depth: backlogCount,
    oldestAgeSeconds: Math.max(0, Math.floor((nowMs - oldestMs) / 1_000)),
  };
}
