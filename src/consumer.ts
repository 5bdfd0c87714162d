import { isTransient } from "./friends/d1-error.ts";
import { type DeadLetter, storeDeadLetters } from "./friends/dead-letters.ts";
import {
  type FriendEvent,
  type FriendsChanged,
  parseEvent,
  type ResponsesDecided,
} from "./friends/event.ts";
import { applyNarrowing } from "./friends/narrow.ts";
import { recordDecided } from "./friends/responses.ts";
import { retryDelaySeconds } from "./friends/retry.ts";
import { applyEvents } from "./friends/table.ts";
import {
  BATCH_TIMEOUT_MS,
  DEAD_LETTER_RETRY_DELAY_MAX_SECONDS,
  NARROWING_MAX_TRIES,
  RETRY_DELAY_MAX_SECONDS,
} from "./limits.ts";
import { errorName, log } from "./log.ts";
import { inTime } from "./within.ts";

/** The queue of what `friend-events` has given up, by the end of its name in wrangler.toml. */
const DEAD_LETTER_QUEUE = /-dlq$/;

type Delivery<Event extends FriendEvent> = { message: Message; event: Event };
type Dead = { message: Message; reason: DeadLetter["reason"] };

/**
 * A batch in, one ack or retry a message out, and never a throw: it would bring messages back at
 * once, and those that are applied with them. Of two calls for one message the first counts.
 */
export async function consume(batch: MessageBatch, env: Partial<Env>): Promise<void> {
  const deadLetters = DEAD_LETTER_QUEUE.test(batch.queue);
  const longest = deadLetters ? DEAD_LETTER_RETRY_DELAY_MAX_SECONDS : RETRY_DELAY_MAX_SECONDS;
  const retry = (messages: readonly Message[], reason: string) =>
    retryAll(messages, reason, longest);
  try {
    const { DB: db } = env;
    if (db === undefined) {
      log("failed", { reason: "misconfigured", problems: "DB is not bound: see wrangler.toml" });
      retry(batch.messages, "misconfigured");
    } else if (deadLetters) {
      await bury(
        db,
        batch.messages.map((message) => ({ message, reason: "exhausted" })),
        retry,
      );
    } else {
      await apply(db, batch.messages, retry);
    }
  } catch (error) {
    log("failed", { reason: "crashed", error: errorName(error) });
    retry(batch.messages, "crashed");
  }
}

type Retry = (messages: readonly Message[], reason: string) => void;

/** One statement for each of the two tables where nothing is wrong. */
async function apply(db: D1Database, messages: readonly Message[], retry: Retry): Promise<void> {
  const changes: Delivery<FriendsChanged>[] = [];
  const responses: Delivery<ResponsesDecided>[] = [];
  const dead: Dead[] = [];
  const unknown: Message[] = [];
  for (const message of messages) {
    const parsed = parseEvent(message.body);
    if (!parsed.ok) {
      if (parsed.reason === "malformed") dead.push({ message, reason: parsed.reason });
      else unknown.push(message);
    } else if (parsed.event.type === "responses-decided") {
      responses.push({ message, event: parsed.event });
    } else {
      changes.push({ message, event: parsed.event });
    }
  }
  // A deploy that knows the version may be on its way, or come back.
  retry(unknown, "unknown-version");

  dead.push(...(await applyTo("friends", changes, (events) => applyEvents(db, events), retry)));
  dead.push(
    ...(await applyTo("responses", responses, (events) => recordDecided(db, events), retry)),
  );
  await bury(db, dead, retry);
}

/** @returns what the table refuses */
async function applyTo<Event extends FriendEvent>(
  table: "friends" | "responses",
  deliveries: readonly Delivery<Event>[],
  statement: (events: readonly Event[]) => Promise<number>,
  retry: Retry,
): Promise<Dead[]> {
  const { applied, total, failed, postponed, error } = await applyNarrowing(
    deliveries,
    (group) => inTime(BATCH_TIMEOUT_MS, () => statement(group.map(({ event }) => event))),
    { isTransient, maxTries: NARROWING_MAX_TRIES },
  );
  for (const { message } of applied) message.ack();
  if (applied.length > 0) log("applied", { table, messages: applied.length, rowsWritten: total });
  retry(messagesOf(postponed), errorName(error));
  return failed.map(({ message }) => ({ message, reason: "refused-by-table" }));
}

/** Keeps what cannot be applied as dead letters, for somebody to look at. */
async function bury(db: D1Database, dead: readonly Dead[], retry: Retry): Promise<void> {
  if (dead.length === 0) return;
  const letters = dead.map(({ message: { id, attempts, body }, reason }) => ({
    id,
    attempts,
    reason,
    body,
  }));
  try {
    await inTime(BATCH_TIMEOUT_MS, () => storeDeadLetters(db, letters, Date.now()));
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
