import type { Context } from "hono";
import { readConfig } from "../config.ts";
import { waitingDeadLetters } from "../db/dead-letters.ts";
import { isBearer } from "../http/bearer.ts";
import { problem } from "../http/problem.ts";
import { HEALTH_TIMEOUT_MS } from "../limits.ts";
import { log } from "../log.ts";
import { tryWithTimeout } from "../timeout.ts";

/** Answers whether the Worker is set up; with the API token, also what an operator watches. */
export async function health(c: Context<{ Bindings: Env }>): Promise<Response> {
  const configured = readConfig(c.env);
  if (!configured.ok) {
    log("failed", { reason: "misconfigured", problems: configured.problems.join("; ") });
    return c.json({ status: "misconfigured" }, 500);
  }
  const { allowUnsigned, apiToken } = configured.config;
  const answer = { status: "ok", ...(allowUnsigned && { unsigned: true }) };
  if (!c.req.raw.headers.has("Authorization")) return c.json(answer);
  // A token that is wrong is told so: silence would look like a deployment without dead letters.
  if (!(await isBearer(c.req.raw, apiToken))) return problem(401, "This is not the API_TOKEN.");
  const stores = { db: c.env.DB, queue: c.env.FRIEND_EVENTS, blocklist: c.env.BLOCKLIST };
  const figures = await readHealth(stores, Date.now());
  return figures.deadLetters === null || !figures.blocklistReadable
    ? c.json({ ...answer, status: "degraded", ...figures }, 503)
    : c.json({ ...answer, ...figures });
}

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
export async function readHealth(
  { db, queue, blocklist }: { db: D1Database; queue: Queue; blocklist: KVNamespace },
  nowMs: number,
): Promise<Health> {
  const [deadLetters, backlog, noRule] = await Promise.all([
    tryWithTimeout(HEALTH_TIMEOUT_MS, () => waitingDeadLetters(db, nowMs)),
    tryWithTimeout(HEALTH_TIMEOUT_MS, () => backlogOf(queue, nowMs)),
    tryWithTimeout(HEALTH_TIMEOUT_MS, () => blocklist.get(NO_RULE)),
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
