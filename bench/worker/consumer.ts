import { readConfig } from "../../src/config.ts";
import { type Databases, databasesOf } from "../../src/db/databases.ts";
import type { FriendsChanged, Pair } from "../../src/events/kinds.ts";
import { createOrderKeys } from "../../src/events/order-key.ts";
import product from "../../src/index.ts";
import { countedDb } from "../../test/support/counted.ts";
import type { Applied, Apply, Fill, Filled } from "../messages.ts";
import { handOver } from "./batch.ts";

/** Users have so many friends each; an ID has 12 bytes. */
const FRIENDS_PER_USER = 100;
const FILL_STEP_ROWS = 100_000;
const nextOrderKey = createOrderKeys();
let newcomers = 0;

/**
 * The product's consumer on a table of a known size, in one database or several. `POST /fill` makes the
 * table, and `POST /apply` hands over a batch, several times over: half of its pairs are in the table, half
 * are new, half of its messages add and half delete. The new ones are removed again afterwards.
 */
export default {
  async fetch(request, env) {
    return new URL(request.url).pathname === "/fill"
      ? Response.json(await fill(env, await request.json<Fill>()))
      : Response.json(await apply(env, await request.json<Apply>()));
  },
} satisfies ExportedHandler<Env>;

/** Each user's rows where the user belongs. */
async function fill(env: Env, { rows }: Fill): Promise<Filled> {
  const databases = databasesIn(env);
  const bytes = new Map<string, number>();
  for (let from = 0; from < rows; from += FILL_STEP_ROWS) {
    const step = Math.min(FILL_STEP_ROWS, rows - from);
    const numbers = Array.from(
      { length: Math.ceil(step / FRIENDS_PER_USER) },
      (_, index) => from / FRIENDS_PER_USER + index,
    );
    for (const [{ name, db }, some] of Map.groupBy(numbers, (of) => databases.of(userOf(of)))) {
      const { meta } = await db
        .prepare(
          `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?2)
        INSERT INTO friends (user_id, friend_id, order_key, added_at, initiator_id, source)
        SELECT printf('user%08d', value), printf('pal%09d', value * ?2 + i), 1024, 1,
          printf('user%08d', value), 'friend_add'
        FROM json_each(?1), n WHERE value * ?2 + i < ?3 ORDER BY value, i`,
        )
        .bind(JSON.stringify(some), FRIENDS_PER_USER, rows)
        .run();
      bytes.set(name, meta.size_after);
    }
  }
  return { bytes: [...bytes.values()].reduce((sum, each) => sum + each, 0) };
}

async function apply(env: Env, size: Apply): Promise<Applied> {
  const dbs = databasesIn(env).all.map(({ name, db }) => ({ name, db, ...countedDb(db) }));
  const counted = {
    ...env,
    ...Object.fromEntries(dbs.map(({ name, binding }) => [name, binding])),
  };
  let ms = 0;
  for (let repeat = 0; repeat < size.repeats; repeat += 1) {
    const events = eventsOf(size);
    const startedMs = performance.now();
    await handOver((batch) => product.queue(batch, counted), events);
    ms += performance.now() - startedMs;
  }
  for (const { db } of dbs)
    await db.prepare("DELETE FROM friends WHERE friend_id >= 'new' AND friend_id < 'pal'").run();
  const sum = (figure: "statements" | "rowsWritten") =>
    dbs.reduce((total, { count }) => total + count[figure], 0);
  return {
    ms: ms / size.repeats,
    statements: sum("statements") / size.repeats,
    rowsWritten: sum("rowsWritten") / size.repeats,
  };
}

function databasesIn(env: Env): Databases {
  const configured = readConfig(env);
  const databases = configured.ok ? databasesOf(env, configured.config.shards) : undefined;
  if (databases === undefined) throw new Error(configured.problems.join("; "));
  return databases;
}

function eventsOf(size: Apply): FriendsChanged[] {
  const all = size.pairsOf === "table" ? somePairs(size, size.messages * size.pairs) : [];
  return Array.from({ length: size.messages }, (_, index) =>
    eventOf(
      size.pairsOf === "table"
        ? all.slice(index * size.pairs, (index + 1) * size.pairs)
        : somePairs(size, size.pairs),
      index % 2 === 0,
    ),
  );
}

function userOf(number: number): string {
  return `user${String(number).padStart(8, "0")}`;
}

/** Different pairs, side by side or all over the table; every other one is in it. */
function somePairs({ rows, pairsOf }: Apply, count: number): Pair[] {
  const start = Math.floor(Math.random() * rows);
  const step = pairsOf === "list" ? 1 : Math.max(1, Math.floor((2 * rows) / count));
  return Array.from({ length: count }, (_, index) => {
    const row = (start + Math.floor(index / 2) * step) % rows;
    const user = userOf(Math.floor(row / FRIENDS_PER_USER));
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
