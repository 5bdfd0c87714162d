import { readWaiting, settleDeadLetters } from "../db/dead-letters.ts";
import type { KeptCallback } from "../events/callback.ts";
import { chunksWithin, jsonByteLength } from "../events/chunks.ts";
import { parseMessage } from "../events/messages.ts";
import { SEND_BATCH_MAX_BYTES, SEND_BATCH_MAX_MESSAGES } from "../limits.ts";
import type { Redriven } from "./answers.ts";

/**
 * Puts callbacks that became dead letters on their queue once more, to be delivered to the backend. Events
 * for the database are redriven by the command line tool, which asks how old they are.
 *
 * @throws what the queue and D1 throw; then some are on the queue, and wait here as well
 */
export async function redriveCallbacks(
  { db, queue }: { db: D1Database; queue: Queue },
  ids: readonly string[],
  nowMs: number,
): Promise<Redriven> {
  const letters = await readWaiting(db, ids);
  const callbacks = letters.flatMap(({ id, attempts, body }) => {
    const parsed = parseMessage(JSON.parse(body));
    if (!parsed.ok || parsed.kind !== "callback") return [];
    // Its tries go on counting, for the backend.
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
  return { redriven: callbacks.map(({ id }) => id) };
}
