import type { Context } from "hono";
import { version } from "../../package.json";
import { arrivals } from "../arrivals.ts";
import { type BackendBinding, backendOf } from "../backend/backend.ts";
import { probe } from "../backend/probe.ts";
import { type FilterRead, type FilterState, stateOf } from "../blocklist/filter-state.ts";
import { readFilter } from "../blocklist/filter-store.ts";
import { type Config, type EnforceMode, readConfig } from "../config.ts";
import { readArrivals } from "../db/arrivals.ts";
import { type Database, type Databases, databasesOf, whyUnknown } from "../db/databases.ts";
import { waitingDeadLetters } from "../db/dead-letters.ts";
import { type Reconciliation, readReconciliation } from "../db/reconciliation.ts";
import { readBytes } from "../db/size.ts";
import { problem } from "../http/problem.ts";
import { HEALTH_TIMEOUT_MS } from "../limits.ts";
import { log } from "../log.ts";
import { askerOf, claimsToBeSomebody } from "../roles/asker.ts";
import { tokensOf } from "../roles/role.ts";
import { type Outcome, tryWithTimeout } from "../timeout.ts";

/** Answers whether the Worker is set up. With the API token, it also answers what an operator watches. */
export async function health<Of extends { Bindings: Env & BackendBinding }>(
  c: Context<Of>,
): Promise<Response> {
  // The figures change all the time. A figure from a cache would hide that.
  c.header("Cache-Control", "no-store");
  const configured = readConfig(c.env);
  if (!configured.ok) {
    log("failed", { reason: "misconfigured", problems: configured.problems.join("; ") });
    return c.json({ status: "misconfigured" }, 500);
  }
  const { config, problems } = configured;
  const { allowUnsigned } = config;
  const databases = databasesOf(c.env, config.shards);
  const told = databases ? problems : whyUnknown(c.env, problems);
  if (told.length > 0) log("failed", { reason: "misconfigured", problems: told.join("; ") });
  if (databases === undefined) return c.json({ status: "misconfigured" }, 500);
  const answer = { status: "ok", ...(allowUnsigned && { unsigned: true }) };
  if (!claimsToBeSomebody(c.req.raw)) return c.json(answer);
  // A wrong token gets an error. Silence would look like a deployment without dead letters.
  const nowMs = Date.now();
  const asked = await askerOf(c.req.raw, tokensOf(config), nowMs);
  if (!asked.ok) return problem(401, "This is neither a token nor a session that holds.");
  const figures = await readHealth(c.env, databases, config, nowMs);
  return figures.deadLetters === null ||
    (figures.databasesAway ?? []).length > 0 ||
    !figures.blocklistReadable ||
    figures.backend?.reachable === false
    ? c.json({ ...answer, status: "degraded", ...figures }, 503)
    : c.json({ ...answer, ...figures });
}

export type Health = {
  /** They wait for somebody to settle them; null if the database does not answer. */
  deadLetters: { depth: number; oldestAgeSeconds: number } | null;
  /** The bindings of databases that do not answer; absent if there is only one database. */
  databasesAway?: string[];
  /** The messages that no consumer has had yet; null if the platform does not tell. */
  queue: { depth: number; oldestAgeSeconds: number } | null;
  /** What the backend answers, and the callbacks that wait for it; absent if there is no backend. */
  backend?: ({ reachable: true; status: number } | { reachable: false; reason: string }) & {
    queue: Health["queue"];
  };
  /** When something authentic arrived last, within two days; null if the database is away. */
  callbacks: { lastAt: number | null; silent: boolean; signsWrong: boolean } | null;
  /** The last comparison with Tencent's own lists; null before the first, and if the database is away. */
  reconciliation: { ageSeconds: number; users: number; driftPerThousand: number } | null;
  /** The version of friendgate that runs, and Cloudflare's id of its upload. */
  version: { friendgate: string; deployment: string };
  /** `observe`: no rule is in force. */
  blocklistMode: EnforceMode;
  /** Whether friend requests are limited: by the minute, and by the day. */
  requestRate: EnforceMode | "off";
  requestsPerDay: EnforceMode | "off";
  /** Whether the blocklist answers. For a minute after an answer, KV may answer from its cache. */
  blocklistReadable: boolean;
  /** The filter lets callbacks skip keys that have no rule; a figure is null if there is none. */
  blocklistFilter: "off" | { ageSeconds: number | null; keys: number | null; state: FilterState };
};

/** No rule has this key: a rule's key begins with a kind and a colon. */
const NO_RULE = "health";

/** What an operator watches. It asks every store, and waits only a short time for each. */
export async function readHealth(
  env: Env & BackendBinding,
  { main: { db: main }, records: { db: records }, all }: Databases,
  config: Config,
  nowMs: number,
): Promise<Health> {
  const [away, deadLetters, queue, noRule, backend, seen, compared, filter] = await Promise.all([
    all.length > 1 ? namesOfAway(all) : undefined,
    within(() => waitingDeadLetters(records, nowMs)),
    within(() => backlogOf(env.FRIEND_EVENTS, nowMs)),
    within(() => env.BLOCKLIST.get(NO_RULE)),
    readBackend(env, config, nowMs),
    within(() => readArrivals(main, nowMs)),
    within(() => readReconciliation(main)),
    config.blocklistFilter ? within(() => readFilter(env.BLOCKLIST)) : undefined,
  ]);
  return {
    deadLetters: deadLetters.ok ? deadLetters.value : null,
    ...(away && { databasesAway: away }),
    queue: queue.ok ? queue.value : null,
    callbacks: seen.ok
      ? {
          lastAt: seen.value.lastAt,
          silent: config.alertOnSilence && seen.value.isSilent,
          signsWrong: arrivals.isMostlyWrong(nowMs),
        }
      : null,
    reconciliation: compared.ok && compared.value ? driftOf(compared.value, nowMs) : null,
    version: { friendgate: version, deployment: env.CF_VERSION_METADATA.id },
    blocklistMode: config.blocklistMode,
    requestRate: config.requestRate ?? "off",
    requestsPerDay: config.requestsPerDay?.mode ?? "off",
    blocklistReadable: noRule.ok,
    blocklistFilter: filter ? filterOf(filter.ok ? filter.value : "unreadable", nowMs) : "off",
    ...(backend && { backend }),
  };
}

async function namesOfAway(databases: readonly Database[]): Promise<string[]> {
  const answers = await Promise.all(databases.map(({ db }) => within(() => readBytes(db))));
  return databases.filter((_, index) => !answers[index]?.ok).map(({ name }) => name);
}

async function readBackend(
  env: Env & BackendBinding,
  config: Config,
  nowMs: number,
): Promise<Health["backend"]> {
  const backend = backendOf(config.backend, env);
  if (backend === undefined) return undefined;
  const [probed, queue] = await Promise.all([
    probe(backend, config, nowMs),
    within(() => backlogOf(env.BACKEND_CALLBACKS, nowMs)),
  ]);
  return {
    ...(probed.ok
      ? { reachable: true, status: probed.answer.status }
      : { reachable: false, reason: probed.reason }),
    queue: queue.ok ? queue.value : null,
  };
}

function within<T>(ask: () => Promise<T>): Promise<Outcome<T>> {
  return tryWithTimeout(HEALTH_TIMEOUT_MS, ask);
}

async function backlogOf(queue: Queue, nowMs: number): Promise<Health["queue"]> {
  const { backlogCount, oldestMessageTimestamp } = await queue.metrics();
  const oldestMs = oldestMessageTimestamp?.getTime() ?? nowMs;
  return { depth: backlogCount, oldestAgeSeconds: secondsSince(oldestMs, nowMs) };
}

function driftOf(
  { finishedAt, users, checked, missing, extra }: Reconciliation,
  nowMs: number,
): Health["reconciliation"] {
  // If every list is empty, nothing was checked. Then everything that the table has is drift.
  const perThousand = ((missing + extra) / Math.max(checked, 1)) * 1_000;
  return {
    ageSeconds: secondsSince(finishedAt, nowMs),
    users,
    driftPerThousand: Number(perThousand.toFixed(3)),
  };
}

function filterOf(read: FilterRead, nowMs: number): Health["blocklistFilter"] {
  const state = stateOf(read, nowMs);
  if (typeof read === "string" || state === "missing") {
    return { ageSeconds: null, keys: null, state };
  }
  return { ageSeconds: secondsSince(read.madeMs, nowMs), keys: read.keys, state };
}

function secondsSince(ms: number, nowMs: number): number {
  return Math.max(0, Math.floor((nowMs - ms) / 1_000));
}
