import type { FriendsChanged, Pair } from "../../src/events/kinds.ts";
import { createOrderKeys } from "../../src/events/order-key.ts";
import product from "../../src/index.ts";
import { countedDb } from "../../test/support/counted.ts";
import type { Applied, Apply, Fill, Filled } from "../messages.ts";

/** Users have so many friends each; an ID has 12 bytes. */
const FRIENDS_PER_USER = 100;
const FILL_STEP_ROWS = 100_000;
const nextOrderKey = createOrderKeys();
let newcomers = 0;

/**
 * The product's consumer on a table of a known size. `POST /fill` makes the table, and `POST /apply`
 * hands over a batch, several times over: half of its pairs are in the table, half are new, half of
 * its messages add and half delete. The new ones are removed again afterwards.
 */
export default {
  async fetch(request, env) {
    return new URL(request.url).pathname === "/fill"
      ? Response.json(await fill(env.DB, await request.json<Fill>()))
      : Response.json(await apply(env, await request.json<Apply>()));
  },
} satisfies ExportedHandler<Env>;

async function fill(db: D1Database, { rows }: Fill): Promise<Filled> {
  let bytes = 0;
  for (let from = 0; from < rows; from += FILL_STEP_ROWS) {
    const { meta } = await db
      .prepare(
        `WITH RECURSIVE n (i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?2)
        INSERT INTO friends (user_id, friend_id, order_key, added_at, initiator_id, source)
        SELECT printf('user%08d', i / ?3), printf('pal%09d', i), 1024, 1, printf('user%08d', i / ?3),
          'friend_add'
        FROM n`,
      )
      .bind(from, Math.min(rows, from + FILL_STEP_ROWS), FRIENDS_PER_USER)
      .run();
    bytes = meta.size_after;
  }
  return { bytes };
}

async function apply(env: Env, size: Apply): Promise<Applied> {
  const db = countedDb(env.DB);
  let ms = 0;
  for (let repeat = 0; repeat < size.repeats; repeat += 1) {
    let acked = 0;
    const batch = batchOf(size, () => {
      acked += 1;
    });
    const startedMs = performance.now();
    await product.queue(batch, { ...env, DB: db.binding as D1Database });
    ms += performance.now() - startedMs;
    if (acked !== size.messages) throw new Error(`${acked} of ${size.messages} were acked`);
  }
  await env.DB.prepare("DELETE FROM friends WHERE friend_id >= 'new' AND friend_id < 'pal'").run();
  return {
    ms: ms / size.repeats,
    statements: db.count.statements / size.repeats,
    rowsWritten: db.count.rowsWritten / size.repeats,
  };
}

function batchOf(size: Apply, ack: () => void): MessageBatch {
  const all = size.pairsOf === "table" ? somePairs(size, size.messages * size.pairs) : [];
  const messages = Array.from({ length: size.messages }, (_, index) => ({
    ...{ id: String(index), timestamp: new Date(), attempts: 1, ack, retry() {} },
    body: eventOf(
      size.pairsOf === "table"
        ? all.slice(index * size.pairs, (index + 1) * size.pairs)
        : somePairs(size, size.pairs),
      index % 2 === 0,
    ),
  }));
  return { queue: "friend-events", messages } as unknown as MessageBatch;
}

/** Different pairs, side by side or all over the table; every other one is in it. */
function somePairs({ rows, pairsOf }: Apply, count: number): Pair[] {
  const start = Math.floor(Math.random() * rows);
  const step = pairsOf === "list" ? 1 : Math.max(1, Math.floor((2 * rows) / count));
  return Array.from({ length: count }, (_, index) => {
    const row = (start + Math.floor(index / 2) * step) % rows;
    const user = `user${String(Math.floor(row / FRIENDS_PER_USER)).padStart(8, "0")}`;
    const isKnown = index % 2 === 0 && index / 2 < rows;
    newcomers += 1;
    return isKnown
      ? [user, `pal${String(row).padStart(9, "0")}`, user]
      : [user, `new${String(newcomers).padStart(9, "0")}`, user];
  });
}

function eventOf(pairs: Pair[], added: boolean): FriendsChanged {
  return {
    v: 2,
    type: added ? "friends-added" : "friends-deleted",
    orderKey: nextOrderKey(Date.now()),
    source: added ? "friend_add" : null,
    adminId: null,
    forced: false,
    pairs: added ? pairs : pairs.map(([user, friend]) => [user, friend, null]),
  };
}
