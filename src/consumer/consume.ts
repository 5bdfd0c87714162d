import type { BackendBinding } from "../backend/backend.ts";
import { type Breaker, createBreaker } from "../backend/breaker.ts";
import { type Config, hasToken, readConfig } from "../config.ts";
import { type Budget, bisect } from "../db/bisect.ts";
import { type Database, type Databases, databasesOf, whyUnknown } from "../db/databases.ts";
import { type DeadLetter, storeDeadLetters } from "../db/dead-letters.ts";
import { isTransient } from "../db/errors.ts";
import { STORES } from "../db/kinds.ts";
import { type Events, KIND_NAMES, type Kind } from "../events/kinds.ts";
import { parseMessage } from "../events/messages.ts";
import {
  BATCH_TIMEOUT_MS,
  BISECT_MAX_TRIES,
  DEAD_LETTER_RETRY_DELAY_MAX_SECONDS,
  RETRY_DELAY_MAX_SECONDS,
} from "../limits.ts";
import { errorName, log } from "../log.ts";
import type { MetricsBinding } from "../metrics.ts";
import { withTimeout } from "../timeout.ts";
import { deliver } from "./deliver.ts";
import { applyQuota } from "./quota.ts";
import { noteRecent } from "./recent.ts";
import { type Retry, retryDelaySeconds } from "./retry.ts";

const breaker = createBreaker();

type Dead = { message: Message; reason: DeadLetter["reason"] };

/**
 * Takes a batch, and gives each message one ack or retry. It never throws: a throw would bring all messages
 * back at once, also those that are applied. When a message gets two calls, the first counts.
 */
export async function consume(batch: MessageBatch, env: ConsumerEnv): Promise<void> {
  const configured = readConfig(env);
  // Where the configuration does not tell which queue it is, the delays are the shorter ones. With the
  // longer ones a friend event would outlive its queue's retention, and never become a dead letter.
  const isDead = configured.ok && configured.config.deadLetterQueues.includes(batch.queue);
  const longest = isDead ? DEAD_LETTER_RETRY_DELAY_MAX_SECONDS : RETRY_DELAY_MAX_SECONDS;
  const retry: Retry = (messages, reason) => retryAll(messages, reason, longest);
  try {
    const databases = configured.ok ? databasesOf(env, configured.config.shards) : undefined;
    if (!configured.ok || databases === undefined) {
      const problems = whyUnknown(env, configured.problems);
      log("failed", { reason: "misconfigured", problems: problems.join("; ") });
      retry(batch.messages, "misconfigured");
    } else if (isDead) {
      const dead = batch.messages.map((message): Dead => ({ message, reason: "exhausted" }));
      await bury(databases.records.db, dead, retry);
    } else {
      await handle(batch.messages, { databases, env, config: configured.config, retry });
    }
  } catch (error) {
    log("failed", { reason: "crashed", error: errorName(error) });
    retry(batch.messages, "crashed");
  }
}

type ConsumerEnv = Partial<Env> & BackendBinding & MetricsBinding;
type Deps = { databases: Databases; env: ConsumerEnv; config: Config; retry: Retry };

/** Makes one statement for each kind and database if nothing is wrong. Callbacks go to the backend. */
async function handle(messages: readonly Message[], deps: Deps): Promise<void> {
  const { databases, retry } = deps;
  const parsed = messages.map((message) => ({ message, parsed: parseMessage(message.body) }));
  const failedAs = (reason: string) =>
    parsed.flatMap(({ message, parsed: result }) =>
      !result.ok && result.reason === reason ? [message] : [],
    );
  // A deploy that knows the type and version of the message may follow, or come back.
  retry(failedAs("unknown"), "unknown-message");
  const malformed = failedAs("malformed").map(
    (message): Dead => ({ message, reason: "malformed" }),
  );

  const events = parsed.flatMap(({ message, parsed: result }) =>
    result.ok && result.kind !== "callback" ? [{ message, ...result }] : [],
  );
  const parts = events.flatMap(({ message, kind, event }) =>
    placed(kind, event, databases).map((part) => ({ message, ...part })),
  );
  // In parallel: the other databases wait for a slow or missing one only at the end.
  const applied = await Promise.all(
    [...Map.groupBy(parts, ({ database }) => database)].map(([database, some]) =>
      applyTo(database, some, deps),
    ),
  );
  const refused = settle(messagesOf(events), applied, retry);
  await bury(databases.records.db, [...malformed, ...refused], retry);
  // After the acks: what is stored is safe, and must not wait for anything else.
  await Promise.all(applied.flatMap(({ afterwards }) => afterwards.map((go) => go())));
  const callbacks = parsed.flatMap(({ message, parsed: result }) =>
    result.ok && result.kind === "callback" ? [{ message, callback: result.event }] : [],
  );
  if (callbacks.length > 0) await deliver(callbacks, { ...deps, db: databases.main.db, breaker });
}

/** The part of a message that is for one database. */
type Part<K extends Kind = Kind> = { message: Message; kind: K; event: Events[K] };

function placed<K extends Kind>(kind: K, event: Events[K], databases: Databases) {
  return STORES[kind].place(event, databases).map((part) => ({ kind, ...part }));
}

/** What became of a database's parts. */
type Applied = {
  failed: Message[];
  postponed: { messages: Message[]; error: unknown }[];
  /** What is left to do after events were stored. */
  afterwards: (() => Promise<void>)[];
};

/** Applies kind after kind, each in one statement if nothing is wrong. It throws nothing. */
async function applyTo(
  { name, db }: Database,
  parts: readonly Part[],
  deps: Deps,
): Promise<Applied> {
  const breaker = breakerOf(db);
  // One budget for all kinds: it bounds what they cost together.
  const budget = { tries: breaker.isOpen(Date.now()) ? 0 : BISECT_MAX_TRIES };
  const result: Applied = { failed: [], postponed: [], afterwards: [] };
  for (const kind of KIND_NAMES) {
    const some = parts.filter((part) => part.kind === kind) as Part<typeof kind>[];
    await applyKind(kind, some, { name, db, budget, deps, result });
    // A database that hangs would hang again for each kind. The messages of all databases would wait for it.
    if (budget.tries > 0 && result.postponed.some(({ error }) => isTimeout(error))) {
      budget.tries = 0;
      breaker.failed(Date.now());
    }
  }
  return result;
}

const breakers = new WeakMap<D1Database, Breaker>();

/** A database that hangs is left alone for a while. Else each batch, for all databases, would wait for it. */
function breakerOf(db: D1Database): Breaker {
  const breaker = breakers.get(db) ?? createBreaker();
  breakers.set(db, breaker);
  return breaker;
}

async function applyKind<K extends Kind>(
  kind: K,
  parts: readonly Part<K>[],
  { name, db, budget, deps, result }: Database & { budget: Budget; deps: Deps; result: Applied },
): Promise<void> {
  const { applied, total, failed, postponed, error } = await bisect(
    parts,
    (group) =>
      withTimeout(BATCH_TIMEOUT_MS, () =>
        STORES[kind].apply(
          db,
          group.map(({ event }) => event),
        ),
      ),
    { isTransient, budget },
  );
  if (applied.length > 0) {
    breakerOf(db).succeeded();
    log("applied", { table: kind, database: name, messages: applied.length, rowsWritten: total });
    const events = applied.map(({ event }) => event);
    const go = AFTERWARDS[kind];
    if (go) result.afterwards.push(() => go(events, { ...deps, db }));
  }
  result.failed.push(...messagesOf(failed));
  if (postponed.length === 0) return;
  // Where nothing was tried any more, the reason is that of the kind before, or of the batch before.
  const because = error ?? result.postponed.at(-1)?.error ?? HANGS;
  result.postponed.push({ messages: messagesOf(postponed), error: because });
}

const HANGS = new DOMException("left alone, for it hung before", "TimeoutError");

function isTimeout(error: unknown): boolean {
  return errorName(error) === "TimeoutError";
}

/** What else to do with events of a kind after they are stored in a database. It throws nothing. */
const AFTERWARDS: {
  readonly [K in Kind]?: (
    events: readonly Events[K][],
    deps: Pick<Deps, "env" | "config" | "databases"> & Pick<Database, "db">,
  ) => Promise<void>;
} = {
  friends: showRecent,
  blacklist: showRecent,
  requests: async (events, { db, env, config: { requestsPerDay: quota, blocklistFilter } }) => {
    const isFiltered = blocklistFilter;
    if (quota) await applyQuota(events, { db, kv: env.BLOCKLIST, quota, isFiltered });
  },
};

/** Without a token nobody can watch. */
async function showRecent(
  events: Parameters<typeof noteRecent>[0],
  { config, databases }: Pick<Deps, "config" | "databases">,
): Promise<void> {
  if (hasToken(config)) await noteRecent(events, databases.records.db);
}

/**
 * Settles each message once, by what became of its parts. If a part waits, the message comes again, even if
 * a table refuses another part. A message without either is done.
 *
 * @returns the messages that a table refuses
 */
function settle(messages: readonly Message[], applied: readonly Applied[], retry: Retry): Dead[] {
  const left = new Set(messages);
  for (const { messages: waiting, error } of applied.flatMap(({ postponed }) => postponed)) {
    retry(
      waiting.filter((message) => left.delete(message)),
      errorName(error),
    );
  }
  const dead = applied
    .flatMap(({ failed }) => failed)
    .filter((message) => left.delete(message))
    .map((message): Dead => ({ message, reason: "refused-by-table" }));
  for (const message of left) message.ack();
  return dead;
}

/** Keeps messages that cannot be applied as dead letters, so that people can look at them. */
async function bury(db: D1Database, dead: readonly Dead[], retry: Retry): Promise<void> {
  const letters = dead.map(({ message: { id, attempts, body }, reason }) => ({
    id,
    attempts,
    reason,
    body,
  }));
  try {
    await withTimeout(BATCH_TIMEOUT_MS, () => storeDeadLetters(db, letters, Date.now()));
  } catch (error) {
    retry(messagesOf(dead), errorName(error));
    return;
  }
  for (const { message } of dead) message.ack();
  for (const reason of new Set(dead.map((letter) => letter.reason))) {
    const messages = dead.filter((letter) => letter.reason === reason).length;
    log("failed", { reason: "dead-letter", why: reason, messages });
  }
}

function messagesOf(deliveries: readonly { message: Message }[]): Message[] {
  return deliveries.map(({ message }) => message);
}

function retryAll(messages: readonly Message[], reason: string, longest: number): void {
  if (messages.length === 0) return;
  const delays = messages.map((message) => {
    const delaySeconds = retryDelaySeconds(message.attempts, longest, Math.random());
    message.retry({ delaySeconds });
    return delaySeconds;
  });
  log("retried", {
    messages: messages.length,
    attempts: Math.max(...messages.map(({ attempts }) => attempts)),
    delaySeconds: Math.max(...delays),
    reason,
  });
}
