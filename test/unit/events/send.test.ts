import { describe, it } from "vitest";
import { jsonByteLength } from "../../../src/events/chunks.ts";
import type { FriendsChanged } from "../../../src/events/kinds.ts";
import { sendEvent } from "../../../src/events/send.ts";

/** https://developers.cloudflare.com/queues/platform/limits/ */
const MESSAGE_MAX_BYTES = 128_000;
const BILLED_BYTES = 64_000;
const BATCH_MAX_MESSAGES = 100;
const BATCH_MAX_BYTES = 256_000;
/** What Queues may add to a message. */
const METADATA_BYTES = 100;

function eventOf(count: number, idBytes: number): FriendsChanged {
  return {
    v: 2,
    type: "friends-added",
    orderKey: 1_795_000_000_000 * 1_024,
    source: "friend_add",
    adminId: "a".repeat(128),
    forced: true,
    pairs: Array.from({ length: count }, (_, index) => {
      const id = String(index).padStart(idBytes, "x");
      return [id, `${id.slice(1)}y`, id];
    }),
  };
}

/** A queue that notes each call. */
function watchedQueue() {
  const batches: unknown[][] = [];
  const queue = {
    send: async (body: unknown) => void batches.push([body]),
    sendBatch: async (batch: Iterable<{ body: unknown }>) =>
      void batches.push(Array.from(batch, ({ body }) => body)),
  };
  return { batches, queue: queue as unknown as Queue<unknown> };
}

describe("an event on its way to the queue", () => {
  it.for([
    // Pairs, bytes of an id, messages, calls: 500 pairs a message, or what 60,000 bytes hold.
    [0, 10, 0, 0],
    [1, 10, 1, 1],
    [500, 10, 1, 1],
    [501, 10, 2, 1],
    [6_000, 10, 12, 2],
    [6_000, 32, 12, 3],
    [6_000, 128, 40, 10],
  ] as const)(
    "of %i pairs of ids of %i bytes: %i messages in %i calls",
    async ([count, idBytes, messages, calls], { expect }) => {
      const event = eventOf(count, idBytes);
      const { batches, queue } = watchedQueue();
      expect(await sendEvent(queue, event)).toBe(messages);
      expect(batches.length).toBe(calls);
      expect(batches.flat().length).toBe(messages);
      for (const batch of batches) {
        expect(batch.length).toBeLessThanOrEqual(BATCH_MAX_MESSAGES);
        const bytes = batch.map((message) => jsonByteLength(message) + METADATA_BYTES);
        expect(Math.max(...bytes)).toBeLessThan(Math.min(MESSAGE_MAX_BYTES, BILLED_BYTES));
        expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(BATCH_MAX_BYTES);
      }
      const sent = batches.flat() as FriendsChanged[];
      expect(sent.flatMap(({ pairs }) => pairs)).toEqual(event.pairs);
      for (const { pairs, ...rest } of sent) expect({ ...rest, pairs: event.pairs }).toEqual(event);
    },
  );
});
