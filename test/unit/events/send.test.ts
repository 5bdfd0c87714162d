import { describe, it } from "vitest";
import { jsonByteLength } from "../../../src/events/chunks.ts";
import type { FriendsChanged, ResponsesDecided } from "../../../src/events/kinds.ts";
import { sendEvents } from "../../../src/events/send.ts";
import {
  KV_KEY_MAX_BYTES,
  MESSAGE_MAX_BYTES as LIMIT_BYTES,
  RECORDED_TEXT_MAX_CHARS,
  SMALL_EVENT_MAX_ENTRIES,
  UNSTORABLE_MAX_BYTES,
} from "../../../src/limits.ts";

/** https://developers.cloudflare.com/queues/platform/limits/ */
const MESSAGE_MAX_BYTES = 128_000;
const BILLED_BYTES = 64_000;
const BATCH_MAX_MESSAGES = 100;
const BATCH_MAX_BYTES = 256_000;
/** What Queues may add to a message. */
const METADATA_BYTES = 100;

function eventOf(count: number, idBytes: number, filling = "x"): FriendsChanged {
  return {
    v: 2,
    type: "friends-added",
    orderKey: 1_795_000_000_000 * 1_024,
    source: "friend_add",
    adminId: "a".repeat(128),
    forced: true,
    pairs: Array.from({ length: count }, (_, index) => {
      const id = String(index).padStart(idBytes, filling);
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
    [0, 10, 1, 1],
    [1, 10, 1, 1],
    [500, 10, 1, 1],
    [501, 10, 2, 1],
    [6_000, 10, 12, 2],
    [6_000, 32, 12, 3],
    [6_000, 128, 40, 10],
    [301, 64, 2, 1],
    // Of small messages, too, the bytes fill a call before their number does.
    [60_000, 1, 120, 7],
  ] as const)(
    "of %i pairs of ids of %i bytes: %i messages in %i calls",
    async ([count, idBytes, messages, calls], { expect }) => {
      const event = eventOf(count, idBytes);
      const { batches, queue } = watchedQueue();
      expect(await sendEvents(queue, [event])).toBe(messages);
      expect(batches.length).toBe(calls);
      expect(batches.flat().length).toBe(messages);
      for (const batch of batches) {
        expect(batch.length).toBeLessThanOrEqual(BATCH_MAX_MESSAGES);
        const bytes = batch.map((message) => jsonByteLength(message) + METADATA_BYTES);
        expect(Math.max(...bytes)).toBeLessThan(Math.min(MESSAGE_MAX_BYTES, BILLED_BYTES));
        // What all pairs share is counted, too.
        expect(Math.max(...bytes)).toBeLessThanOrEqual(60_000 + METADATA_BYTES);
        expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(BATCH_MAX_BYTES);
      }
      const sent = batches.flat() as FriendsChanged[];
      expect(sent.flatMap(({ pairs }) => pairs)).toEqual(event.pairs);
      for (const { pairs, ...rest } of sent) expect({ ...rest, pairs: event.pairs }).toEqual(event);
    },
  );

  it("of responses, however short, is in calls of at most 100 messages", async ({ expect }) => {
    const event: ResponsesDecided = {
      v: 1,
      type: "responses-decided",
      callId: "a",
      at: 1,
      eventTime: null,
      responderId: "",
      requesterId: null,
      clientIp: null,
      platform: null,
      requestId: null,
      responses: Array.from({ length: 33_000 }, () => [0, "", "Agree", 0, null, null, null]),
    };
    const { batches, queue } = watchedQueue();
    expect(await sendEvents(queue, [event])).toBe(110);
    for (const batch of batches) expect(batch.length).toBeLessThanOrEqual(BATCH_MAX_MESSAGES);
    expect(batches.flat().flatMap((each) => (each as ResponsesDecided).responses)).toEqual(
      event.responses,
    );
  });

  it("of ids beyond ASCII is measured in bytes", async ({ expect }) => {
    // 300 pairs are 40,000 characters, and twice as many bytes.
    const event = eventOf(300, 42, "好");
    expect(JSON.stringify(event).length).toBeLessThan(60_000);
    const { batches, queue } = watchedQueue();
    await sendEvents(queue, [event]);
    for (const message of batches.flat()) {
      expect(jsonByteLength(message) + METADATA_BYTES).toBeLessThan(BILLED_BYTES);
    }
  });

  it("of few entries fits into a message unmeasured, whatever they say", async ({ expect }) => {
    const count = SMALL_EVENT_MAX_ENTRIES;
    // Six bytes of JSON each.
    const text = "\u0001".repeat(RECORDED_TEXT_MAX_CHARS);
    const key = "k".repeat(KV_KEY_MAX_BYTES);
    const decided: ResponsesDecided = {
      v: 1,
      type: "responses-decided",
      callId: crypto.randomUUID(),
      at: 1_795_000_000_000,
      eventTime: 1_795_000_000_000,
      responderId: text,
      requesterId: text,
      clientIp: text,
      platform: text,
      requestId: text,
      responses: Array.from({ length: count }, () => [
        9_999,
        text,
        "AgreeAndAdd",
        38_000,
        "responder",
        key,
        key,
      ]),
    };
    const odd = { ...eventOf(0, 1), pairs: [] as unknown[] };
    odd.pairs = Array.from({ length: count }, () => "x".repeat(UNSTORABLE_MAX_BYTES / count - 2));
    for (const event of [decided, eventOf(count, 128, '"'), odd as FriendsChanged]) {
      const { batches, queue } = watchedQueue();
      expect(await sendEvents(queue, [event])).toBe(1);
      expect(jsonByteLength(batches[0]?.[0])).toBeLessThanOrEqual(LIMIT_BYTES);
    }
  });
});
