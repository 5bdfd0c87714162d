import type { BackendBinding } from "../backend/backend.ts";
import { createBreaker } from "../backend/breaker.ts";
import { type Config, readConfig } from "../config.ts";
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
import { type Budget, bisect } from "./bisect.ts";
import { deliver } from "./deliver.ts";
import { applyQuota } from "./quota.ts";
import { type Retry, retryDelaySeconds } from "./retry.ts";

const breaker = createBreaker();

type Dead = { message: Message; reason: DeadLetter["reason"] };

/**
 * A batch in, one ack or retry a message out, and never a throw: it would bring messages back at
 * once, and those that are applied with them. Of two calls for one message the first counts.
 */
export async function consume(batch: MessageBatch, env: ConsumerEnv): Promise<void> {
  const configured = readConfig(env);
  // Where the configuration does not tell which queue it is, the shorter delays: with the longer
  // ones a friend event would outlive its queue's retention, and never become a dead letter.
  const isDead = configured.ok && configured.config.deadLetterQueues.includes(batch.queue);
  const longest = isDead ? DEAD_LETTER_RETRY_DELAY_MAX_SECONDS : RETRY_DELAY_MAX_SECONDS;
  const retry: Retry = (messages, reason) => retryAll(messages, reason, longest);
  try {
    const { DB: db } = env;
    if (db === undefined || !configured.ok) {
      const problems = configured.ok ? ["DB is not bound: see wrangler.toml"] : configured.problems;
      log("failed", { reason: "misconfigured", problems: problems.join("; ") });
      retry(batch.messages, "misconfigured");
    } else if (isDead) {
      const dead = batch.messages.map((message): Dead => ({ message, reason: "exhausted" }));
      await bury(db, dead, retry);
    } else {
      await handle(batch.messages, { db, env, config: configured.config, retry });
    }
  } catch (error) {
    log("failed", { reason: "crashed", error: errorName(error) });
    retry(batch.messages, "crashed");
  }
}

type ConsumerEnv = Partial<Env> & BackendBinding & MetricsBinding;
type Deps = { db: D1Database; env: ConsumerEnv; config: Config; retry: Retry };

/** One statement for each kind where nothing is wrong; callbacks go to the backend. */
async function handle(
  messages: readonly Message[],
  { db, env, config, retry }: Deps,
): Promise<void> {
  const parsed = messages.map((message) => ({ message, parsed: parseMessage(message.body) }));
  const failedAs = (reason: string) =>
    parsed.flatMap(({ message, parsed: result }) =>
      !result.ok && result.reason === reason ? [message] : [],
    );
  // A deploy that knows its type and version may be on its way, or come back.
  retry(failedAs("unknown"), "unknown-message");
  const dead = failedAs("malformed").map((message): Dead => ({ message, reason: "malformed" }));

  // One for all kinds: what they may cost together is bounded.
  const budget = { tries: BISECT_MAX_TRIES };
  for (const kind of KIND_NAMES) {
    const deliveries = parsed.flatMap(({ message, parsed: result }) =>
      result.ok && result.kind === kind ? [{ message, event: result.event }] : [],
    );
    dead.push(
      ...(await applyKind(kind, deliveries as Delivery<typeof kind>[], {
        db,
        env,
        config,
        retry,
        budget,
      })),
    );
  }
  await bury(db, dead, retry);
  const callbacks = parsed.flatMap(({ message, parsed: result }) =>
    result.ok && result.kind === "callback" ? [{ message, callback: result.event }] : [],
  );
  if (callbacks.length > 0) await deliver(callbacks, { db, env, config, retry, breaker });
}

/** What else is done with events of a kind, once they are stored. It throws nothing. */
const AFTERWARDS: {
  readonly [K in Kind]?: (events: readonly Events[K][], deps: Deps) => Promise<void>;
} = {
  requests: async (events, { db, env, config: { requestsPerDay: quota } }) => {
    if (quota) await applyQuota(events, { db, kv: env.BLOCKLIST, quota });
  },
};

type Delivery<K extends Kind> = { message: Message; event: Events[K] };

/** @returns what the table refuses */
async function applyKind<K extends Kind>(
  kind: K,
  deliveries: readonly Delivery<K>[],
  { budget, ...deps }: Deps & { budget: Budget },
): Promise<Dead[]> {
  const { db, retry } = deps;
  const { applied, total, failed, postponed, error } = await bisect(
    deliveries,
    (group) =>
      withTimeout(BATCH_TIMEOUT_MS, () =>
        STORES[kind].apply(
          db,
          group.map(({ event }) => event),
        ),
      ),
    { isTransient, budget },
  );
  for (const { message } of applied) message.ack();
  if (applied.length > 0) {
    log("applied", { table: kind, messages: applied.length, rowsWritten: total });
    const events = applied.map(({ event }) => event);
    await AFTERWARDS[kind]?.(events, deps);
  }
  retry(messagesOf(postponed), errorName(error));
  return failed.map(({ message }) => ({ message, reason: "refused-by-table" }));
}

/** Keeps what cannot be applied as dead letters, for somebody to look at. */
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
