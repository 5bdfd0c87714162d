import type { StoredEvent } from "../../src/events/kinds.ts";
import { toOrderKey } from "../../src/events/order-key.ts";
import product from "../../src/index.ts";
import type { Store, Stored, StoredBytes } from "../messages.ts";
import { handOver } from "./batch.ts";

const MESSAGES = 100;
/** Users have so many friends each; an ID has 12 bytes. */
const FRIENDS_PER_USER = 100;
/** The day of the first record: 694 a second are 60 million a day. */
const START_MS = Date.UTC(2026, 0, 1);
const RECORDS_PER_MS = 0.694;

/** The product's consumer stores rows of a kind in one of the databases, as if it were the only one. */
export default {
  async fetch(request, env) {
    const { database, stored, from, to, rows } = await request.json<Store>();
    const db = env[database as "DB"];
    const only = { ...env, DB: db, SHARDS: "" };
    for (let next = from; next < to; next += MESSAGES) {
      const events = Array.from({ length: Math.min(MESSAGES, to - next) }, (_, index) =>
        EVENTS[stored](next + index, rows),
      );
      await handOver((batch) => product.queue(batch, only), events);
    }
    const { meta } = await db.prepare("SELECT 1").run();
    return Response.json({ bytes: meta.size_after } satisfies StoredBytes);
  },
} satisfies ExportedHandler<Env>;

const EVENTS: Record<Stored, (index: number, rows: number) => StoredEvent> = {
  // In no order: a change can be any user's.
  friendship: (index, rows) => {
    const user = id("user", (index * 7_919) % Math.ceil(rows / FRIENDS_PER_USER));
    return {
      ...{ v: 2, type: "friends-added", orderKey: toOrderKey(START_MS + index) },
      ...{ source: "friend_add", adminId: null, forced: false },
      pairs: [[user, id("pal", (index * 7_368_787) % 100_000_000), user]],
    };
  },
  response: (index) => ({
    ...decided(index, id("user", index)),
    type: "responses-decided",
    responderId: id("user", index),
    responses: [[0, id("pal", index), "AgreeAndAdd", 0, null, null, null]],
  }),
  "refused response": (index) => ({
    ...decided(index, id("user", index)),
    type: "responses-decided",
    responderId: id("user", index),
    responses: [
      [0, id("pal", index), "AgreeAndAdd", 38_000, "user", `user:${id("pal", index)}`, null],
    ],
  }),
  request: (index) => ({
    ...decided(index, id("user", index)),
    type: "requests-decided",
    applicantId: id("user", index),
    through: 0,
    requests: [[0, id("pal", index), 0, null, null, null]],
  }),
};

function decided(index: number, requesterId: string) {
  const at = START_MS + Math.floor(index / RECORDS_PER_MS);
  return {
    ...{ v: 1 as const, callId: crypto.randomUUID(), at, eventTime: at - 50, requesterId },
    ...{ clientIp: "203.0.113.100", platform: "Android", requestId: crypto.randomUUID() },
  };
}

function id(prefix: string, number: number): string {
  return prefix + String(number).padStart(12 - prefix.length, "0");
}
