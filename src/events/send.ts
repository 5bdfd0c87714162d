import { MESSAGE_MAX_BYTES, SEND_BATCH_MAX_BYTES, SMALL_EVENT_MAX_ENTRIES } from "../limits.ts";
import { chunksWithin, jsonByteLength } from "./chunks.ts";
import { entriesOf, KINDS, kindOf, type StoredEvent, withEntries } from "./kinds.ts";

/**
 * Puts events on the queue, each as one message if it fits into one. When the promise resolves, the queue
 * has written every message to disk.
 *
 * @returns how many messages were written
 * @throws what the queue throws; then some of the messages may still be on the queue. That does no harm:
 *   applying an event twice is the same as applying it once
 */
export async function sendEvents(queue: Queue, events: readonly StoredEvent[]): Promise<number> {
  const messages = events.flatMap(splitEvent);
  const [only] = messages;
  if (messages.length === 1 && only !== undefined) {
    await queue.send(only, { contentType: "json" });
    return 1;
  }
  const batches = chunksWithin(
    messages,
    Number.POSITIVE_INFINITY,
    SEND_BATCH_MAX_BYTES,
    jsonByteLength,
  );
  await Promise.all(
    batches.map((batch) =>
      queue.sendBatch(batch.map((body) => ({ body, contentType: "json" as const }))),
    ),
  );
  return messages.length;
}

/** Splits an event into messages that are each within the queue's limits. */
function splitEvent(event: StoredEvent): StoredEvent[] {
  const entries = entriesOf(event);
  if (entries.length <= SMALL_EVENT_MAX_ENTRIES) return [event];
  const { messageMaxEntries } = KINDS[kindOf(event)];
  const frameBytes = jsonByteLength(withEntries(event, []));
  return chunksWithin(
    entries,
    messageMaxEntries,
    MESSAGE_MAX_BYTES - frameBytes,
    jsonByteLength,
  ).map((some) => withEntries(event, some));
}
