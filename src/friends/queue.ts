import { SEND_BATCH_MAX_BYTES, SEND_BATCH_MAX_MESSAGES } from "../limits.ts";
import { bytesOf, chunksWithin, type FriendEvent, splitEvent } from "./event.ts";

/**
 * Puts an event on the queue, as one message where it fits into one. When the promise resolves,
 * the queue has written every message to disk.
 *
 * @returns how many messages were written
 * @throws what the queue throws; then some of the messages may be on the queue all the same, which
 *   harms nobody, for applying an event twice is applying it once
 */
export async function enqueue(queue: Queue, event: FriendEvent): Promise<number> {
  const messages = splitEvent(event);
  const [only] = messages;
  if (messages.length === 1 && only !== undefined) {
    await queue.send(only, { contentType: "json" });
    return 1;
  }
  const batches = chunksWithin(messages, SEND_BATCH_MAX_MESSAGES, SEND_BATCH_MAX_BYTES, bytesOf);
  await Promise.all(
    batches.map((batch) =>
      queue.sendBatch(batch.map((body) => ({ body, contentType: "json" as const }))),
    ),
  );
  return messages.length;
}
