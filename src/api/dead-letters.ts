import type { Databases } from "../db/databases.ts";
import {
  readWaiting,
  readWaitingAfter,
  settleDeadLetters,
  waitingDeadLetters,
} from "../db/dead-letters.ts";
import type { Reader } from "../db/reader.ts";
import { type RedriveOutcome, redrive } from "../db/redrive.ts";
import type { KeptCallback } from "../events/callback.ts";
import { chunksWithin, jsonByteLength } from "../events/chunks.ts";
import { parseMessage } from "../events/messages.ts";
import { SEND_BATCH_MAX_BYTES, SEND_BATCH_MAX_MESSAGES } from "../limits.ts";
import type { DeadLettersPage, Discarded, Redriven } from "./moderation-answers.ts";
import type { DeadLettersQuery } from "./moderation-parameters.ts";
import { encodeToken } from "./tokens.ts";

/** The letters that wait, with their bodies. The letter that was stored first comes first. */
export async function listDeadLetters(
  db: Reader,
  { limit, cursor }: DeadLettersQuery,
  nowMs: number,
): Promise<DeadLettersPage> {
  const [rows, { depth }] = await Promise.all([
    readWaitingAfter(db, cursor, limit),
    waitingDeadLetters(db, nowMs),
  ]);
  const last = rows.length < limit ? undefined : rows.at(-1);
  return {
    letters: rows.map(({ id, first_at, last_at, attempts, reason, body }) => ({
      ...{ id, firstAt: first_at, lastAt: last_at, attempts, reason },
      body: JSON.parse(body),
    })),
    cursor: last ? encodeToken([last.first_at, last.id]) : null,
    waiting: depth,
  };
}

/**
 * Applies events that became dead letters, as the consumer would have done. It puts callbacks on their queue
 * once more, for delivery to the backend. An event that is older than the tombstones goes on waiting if it
 * may have been undone since. An operator who knows better has the command line tool.
 *
 * @throws what the queue and D1 throw; then some are redriven, and the others wait
 */
export async function redriveLetters(
  { databases, queue, oldestMs }: { databases: Databases; queue: Queue; oldestMs: number },
  ids: readonly string[],
  nowMs: number,
): Promise<Redriven> {
  const letters = await readWaiting(databases.records.db, ids);
  const outcomes = await redrive(databases, letters, { oldestMs, nowMs, isChecked: false });
  const isCallback = ({ id }: { id: string }) => outcomes.get(id) === "callback";
  await sendCallbacks(databases.records.db, queue, letters.filter(isCallback), nowMs);
  const whys = [...new Set(ids)].map((id) => [id, whyLeft(outcomes.get(id))] as const);
  return {
    redriven: whys.flatMap(([id, why]) => (why === undefined ? [id] : [])),
    left: whys.flatMap(([id, why]) => (why === undefined ? [] : [{ id, why }])),
  };
}

/** Gives letters up. They stay readable for a while. */
export async function discardLetters(
  db: D1Database,
  ids: readonly string[],
  nowMs: number,
): Promise<Discarded> {
  const discarded = (await readWaiting(db, ids)).map(({ id }) => id);
  await settleDeadLetters(db, discarded, "discarded", nowMs);
  return { discarded };
}

function whyLeft(outcome: RedriveOutcome | undefined): Redriven["left"][number]["why"] | undefined {
  if (outcome === undefined) return "not-waiting";
  return outcome === "redriven" || outcome === "callback" ? undefined : outcome;
}

async function sendCallbacks(
  db: D1Database,
  queue: Queue,
  letters: Awaited<ReturnType<typeof readWaiting>>,
  nowMs: number,
): Promise<void> {
  const callbacks = letters.flatMap(({ id, attempts, body }) => {
    const parsed = parseMessage(JSON.parse(body));
    if (!parsed.ok || parsed.kind !== "callback") return [];
    // The count of its tries goes on, for the backend.
    const { event } = parsed;
    const again: KeptCallback = { ...event, attempts: event.attempts + attempts };
    return [{ id, body: again }];
  });
  const batches = chunksWithin(
    callbacks,
    SEND_BATCH_MAX_MESSAGES,
    SEND_BATCH_MAX_BYTES,
    ({ body }) => jsonByteLength(body),
  );
  for (const batch of batches) {
    await queue.sendBatch(batch.map(({ body }) => ({ body, contentType: "json" })));
    const sent = batch.map(({ id }) => id);
    await settleDeadLetters(db, sent, "redriven", nowMs);
  }
}
