import { env } from "cloudflare:workers";
import { describe, it } from "vitest";
import { selectDeadLetters } from "../../src/db/dead-letters.ts";
import { backendOf, keptCallback } from "../support/backend.ts";
import { countedDb } from "../support/counted.ts";
import { boundDatabases, boundRecords, databasesIn, evenly } from "../support/databases.ts";
import { brokenDatabase, faultyDatabase } from "../support/faults.ts";
import { blackList, friendList } from "../support/lists.ts";
import { logLines } from "../support/log.ts";
import { friendAdd, friendResponse } from "../support/tencent.ts";
import { callback, deliver, envWith, heldQueue } from "../support/worker.ts";

const AT = 1_024;
const users = (count: number) => Array.from({ length: count }, (_, index) => `user-${index}`);
const added = (userId: string, friendId: string) => friendList.added([[userId, friendId]], AT);

/** Eight databases, each counted, and the Worker's environment with them. */
async function shardedEnv(count: number, overrides: Record<string, unknown> = {}) {
  const bound = await boundDatabases(count);
  const counted = Object.fromEntries(
    Object.entries(bound).map(([name, db]) => [name, countedDb(db)]),
  );
  const bindings = Object.fromEntries(
    Object.entries(counted).map(([name, { binding }]) => [name, binding]),
  );
  const SHARDS = count === 1 ? undefined : evenly(Object.keys(bound));
  const workerEnv = envWith({ ...bindings, SHARDS, ...overrides });
  return { bound, counted, workerEnv, databases: databasesIn(workerEnv) };
}

const rowsIn = async (db: D1Database, table = "friends") =>
  (await db.prepare(`SELECT user_id FROM ${table} ORDER BY user_id`).all<{ user_id: string }>())
    .results;

describe("with several databases", () => {
  it("a user's rows are in the one that has the user's slot, and in no other", async ({
    expect,
  }) => {
    const { bound, workerEnv, databases } = await shardedEnv(8);
    const bodies = users(200).flatMap((user) => [
      added(user, "somebody"),
      blackList.added([[user, "somebody"]], AT),
    ]);
    for (let from = 0; from < bodies.length; from += 100)
      await deliver(bodies.slice(from, from + 100), { env: workerEnv });
    for (const table of ["friends", "blacklist"]) {
      for (const [name, db] of Object.entries(bound)) {
        const wanted = users(200).filter((user) => databases.of(user).name === name);
        expect((await rowsIn(db, table)).map(({ user_id }) => user_id)).toEqual(wanted.toSorted());
      }
    }
    const named = logLines().flatMap((line) => (line.event === "applied" ? [line.database] : []));
    expect([...new Set(named)].toSorted()).toEqual(Object.keys(bound).toSorted());
  });

  it.for([1, 2, 8])(
    "of which there are %i, a batch is one statement in each",
    async (count, { expect }) => {
      const { counted, workerEnv } = await shardedEnv(count);
      const { acked } = await deliver(
        users(100).map((user) => added(user, "somebody")),
        { env: workerEnv },
      );
      expect(acked).toHaveLength(100);
      expect(Object.values(counted).map((each) => each.count.statements)).toEqual(
        new Array(count).fill(1),
      );
      const rows = Object.values(counted).reduce((sum, each) => sum + each.count.rowsWritten, 0);
      expect(rows).toBe(100);
    },
  );

  it("one that is away holds back its own messages only", async ({ expect }) => {
    const { workerEnv, databases } = await shardedEnv(8, {
      DB_3: brokenDatabase("Network connection lost."),
    });
    const all = users(100);
    const { acked, retried } = await deliver(
      all.map((user) => added(user, "somebody")),
      { env: workerEnv },
    );
    const away = all.flatMap((user, index) => (databases.of(user).name === "DB_3" ? [index] : []));
    expect(away.length).toBeGreaterThan(0);
    expect(retried.map(({ index }) => index)).toEqual(away);
    expect(acked).toHaveLength(100 - away.length);
  });

  it("a message for two of them, of which one is away, comes again, and is no dead letter", async ({
    expect,
  }) => {
    const { bound, workerEnv, databases } = await shardedEnv(2);
    const [one, other] = ["DB", "DB_2"].map((name) =>
      users(99).find((user) => databases.of(user).name === name),
    ) as [string, string];
    const both = friendList.added(
      [
        [one, "somebody"],
        [other, "somebody"],
      ],
      AT,
    );
    const refusing = faultyDatabase(bound.DB as D1Database, (sql) =>
      sql.includes("INTO friends")
        ? new Error("D1_ERROR: CHECK constraint failed: SQLITE_CONSTRAINT")
        : undefined,
    );
    const away = brokenDatabase("Network connection lost.");
    const first = await deliver([both], { env: { ...workerEnv, DB: refusing, DB_2: away } as Env });
    expect(first).toMatchObject({ acked: [], retried: [{ index: 0 }] });
    const second = await deliver([both], { env: { ...workerEnv, DB: refusing } as Env });
    expect(second.acked).toEqual([0]);
    expect(await rowsIn(bound.DB_2 as D1Database)).toEqual([{ user_id: other }]);
    expect(logLines()).toContainEqual({
      ...{ event: "failed", reason: "dead-letter" },
      ...{ why: "refused-by-table", messages: 1 },
    });
  });

  it("what the queue does not take is written where it belongs", async ({ expect }) => {
    const { bound, workerEnv, databases } = await shardedEnv(8, { FRIEND_EVENTS: undefined });
    const { reply } = await callback(
      friendAdd(...users(20).map((user): [string, string] => [user, "somebody"])),
      {
        env: workerEnv,
      },
    );
    expect(reply.ActionStatus).toBe("OK");
    for (const [name, db] of Object.entries(bound)) {
      const wanted = users(20).filter((user) => databases.of(user).name === name);
      expect((await rowsIn(db)).map(({ user_id }) => user_id)).toEqual(wanted.toSorted());
    }
  });
});

it("a variable that is called as a database might be is none", ({ expect }) => {
  const { all } = databasesIn(envWith({ DB_REGION: "eu", DB_2: null }));
  expect(all.map(({ name }) => name)).toEqual(["DB"]);
});

describe("a database for the record", () => {
  it("has responses, requests and dead letters, and nothing else has them", async ({ expect }) => {
    const { RECORDS } = await boundRecords();
    const queue = heldQueue();
    const workerEnv = envWith({ RECORDS, RECORD_RESPONSES: "all", FRIEND_EVENTS: queue });
    await callback(friendResponse("alice", ["bob"]), { env: workerEnv });
    await deliver([...queue.messages, { v: "no message" }, added("alice", "bob")], {
      env: workerEnv,
    });
    await deliver([added("alice", "carol")], { env: workerEnv, queue: "friend-events-dlq" });
    const counts = async (db: D1Database) =>
      db
        .prepare(
          `SELECT (SELECT count(*) FROM friend_responses) AS responses,
  (SELECT count(*) FROM dead_letters) AS letters, (SELECT count(*) FROM friends) AS friends`,
        )
        .first();
    expect(await counts(RECORDS)).toEqual({ responses: 1, letters: 2, friends: 0 });
    expect(await counts(env.DB)).toEqual({ responses: 0, letters: 0, friends: 1 });
  });
});

it("what the backend took is counted in DB, where all counts are", async ({ expect }) => {
  const { RECORDS } = await boundRecords();
  const workerEnv = envWith({ RECORDS, BACKEND: backendOf(() => new Response("")) });
  await deliver([keptCallback()], { env: workerEnv });
  const counts = async (db: D1Database) =>
    (await db.prepare("SELECT 1 FROM callback_counts").all()).results.length;
  expect([await counts(RECORDS), await counts(env.DB)]).toEqual([0, 1]);
});

it("a pair that no table takes goes to the record's database where the queue takes nothing", async ({
  expect,
}) => {
  const { RECORDS } = await boundRecords();
  const workerEnv = envWith({ RECORDS, FRIEND_EVENTS: undefined });
  await callback(friendAdd(["alice", "bob"], ["", "bob"]), { env: workerEnv });
  const letters = async (db: D1Database) => (await selectDeadLetters(db, {}, 10)).length;
  expect([await letters(RECORDS), await letters(env.DB)]).toEqual([1, 0]);
});

describe("a slot map that is wrong", () => {
  it.for([
    [{ SHARDS: "DB 0-511" }, /^SHARDS gives slot 512 to no database; until then changes wait/],
    [{ SHARDS: "DB 0-511, DB_2 512-1023" }, /^SHARDS has DB_2, which is bound to no D1 database/],
  ] as const)("%j keeps changes in the queue", async ([settings, problem], { expect }) => {
    const queue = heldQueue();
    const workerEnv = envWith({ ...settings, FRIEND_EVENTS: queue });
    const { reply } = await callback(friendAdd(["alice", "bob"]), { env: workerEnv });
    expect(reply.ActionStatus).toBe("OK");
    const { acked, retried } = await deliver(queue.messages, { env: workerEnv });
    expect(acked).toEqual([]);
    expect(retried).toHaveLength(1);
    expect(logLines()).toContainEqual({
      ...{ event: "failed", reason: "misconfigured" },
      problems: expect.stringMatching(problem),
    });
  });

  it("is no reason to let a callback through", async ({ expect }) => {
    await env.BLOCKLIST.put("user:mallory", "no");
    const workerEnv = envWith({ SHARDS: "nonsense" });
    const { reply } = await callback(friendResponse("alice", ["mallory"]), { env: workerEnv });
    expect(reply.ResultItem).toMatchObject([{ ResultCode: 38_000 }]);
  });
});
