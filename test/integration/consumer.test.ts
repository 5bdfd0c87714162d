import { env } from "cloudflare:workers";
import { describe, it, vi } from "vitest";
import type { FriendsChanged } from "../../src/events/kinds.ts";
import { afterMs } from "../support/clock.ts";
import { faultyDatabase, hanging } from "../support/faults.ts";
import { blackList, stored } from "../support/lists.ts";
import { logLines } from "../support/log.ts";
import { deliver, envWith, storedDeadLetters, storedFriends } from "../support/worker.ts";

function added(userId: string, friendId: string, orderKey = 1_024): FriendsChanged {
  return {
    v: 2,
    type: "friends-added",
    orderKey,
    source: null,
    adminId: null,
    forced: false,
    pairs: [[userId, friendId, null]],
  };
}

const POISON = added("poison", "poison");

/** The real database, with one CHECK more. */
function refusingPoison() {
  return faultyDatabase(env.DB, (sql, parameters) =>
    sql.includes("INTO friends") && parameters.some((json) => String(json).includes("poison"))
      ? new Error("D1_ERROR: CHECK constraint failed: friends_no_poison: SQLITE_CONSTRAINT")
      : undefined,
  );
}

const hundred = Array.from({ length: 100 }, (_, index) => added("user", `friend${index}`));
const everyIndex = hundred.map((_, index) => index);

describe("a batch of friend events", () => {
  it("of two kinds, all poison, costs no more statements than one of one kind", async ({
    expect,
  }) => {
    const DB = faultyDatabase(env.DB, (sql) =>
      sql.includes("dead_letters") ? undefined : new Error("D1_ERROR: CHECK constraint failed: no"),
    );
    const records = hundred.slice(50).map((_, index) => ({
      ...{ v: 1, type: "responses-decided", callId: `call${index}`, at: 1, eventTime: null },
      ...{ responderId: "a", requesterId: null, clientIp: null, platform: null, requestId: null },
      responses: [[0, "bob", "Agree", 0, null, null, null]],
    }));
    await deliver([...hundred.slice(50), ...records], { env: envWith({ DB }) });
    // Forty tries, and one statement that keeps the dead letters.
    expect(DB.statements).toBe(41);
  });

  it("of both lists is applied to the table of each, and logged by it", async ({ expect }) => {
    const blocks = [
      blackList.added([["alice", "mallory"]], 1_024),
      blackList.added([["bob", "mallory"]], 1_024),
      blackList.deleted([["bob", "mallory"]], 1_025),
    ];
    const { acked } = await deliver([added("alice", "bob"), ...blocks]);
    expect(acked).toEqual([0, 1, 2, 3]);
    expect(await storedFriends()).toHaveLength(1);
    expect(await stored(blackList)).toMatchObject([
      { user_id: "alice", deleted_at: null },
      { user_id: "bob", added_at: null },
    ]);
    expect(logLines()).toEqual([
      { event: "applied", table: "friends", database: "DB", messages: 1, rowsWritten: 1 },
      { event: "applied", table: "blacklist", database: "DB", messages: 3, rowsWritten: 2 },
    ]);
  });

  it("of which one table refuses a row keeps what is for the other", async ({ expect }) => {
    const DB = faultyDatabase(env.DB, (sql) =>
      sql.includes("INTO blacklist")
        ? new Error("D1_ERROR: CHECK constraint failed: blacklist_no: SQLITE_CONSTRAINT")
        : undefined,
    );
    const block = blackList.added([["alice", "mallory"]], 1_024);
    const { acked } = await deliver([block, added("alice", "bob")], { env: envWith({ DB }) });
    expect(acked.toSorted()).toEqual([0, 1]);
    expect(await storedFriends()).toHaveLength(1);
    expect(await storedDeadLetters()).toMatchObject([
      { id: "0", reason: "refused-by-table", body: JSON.stringify(block) },
    ]);
  });

  it("of the version before is read as one of today", async ({ expect }) => {
    const { orderKey, ...rest } = added("alice", "bob");
    const { acked } = await deliver([{ ...rest, v: 1, version: orderKey }]);
    expect(acked).toEqual([0]);
    expect(await storedFriends()).toMatchObject([{ friend_id: "bob", order_key: orderKey }]);
  });

  it.for([
    ["friend-events-dlq", "staging-dlq", 0],
    ["staging-dlq", "staging-dlq", 1],
    ["given-up", "given-up", 1],
    ["events-dlq", "given-up", 0],
  ] as const)(
    "of queue %s is of dead letters where DEAD_LETTER_QUEUE is %s",
    async ([queue, DEAD_LETTER_QUEUE, deadLetters], { expect }) => {
      await deliver([added("alice", "bob")], { queue, env: envWith({ DEAD_LETTER_QUEUE }) });
      expect(await storedDeadLetters()).toHaveLength(deadLetters);
      expect(await storedFriends()).toHaveLength(1 - deadLetters);
    },
  );

  it("waits where the configuration is wrong, and the log says what is", async ({ expect }) => {
    const { acked, retried } = await deliver([added("alice", "bob")], {
      env: envWith({ DEAD_LETTER_QUEUE: undefined }),
    });
    expect(acked).toEqual([]);
    expect(retried).toHaveLength(1);
    expect(logLines()).toContainEqual({
      event: "failed",
      reason: "misconfigured",
      problems: expect.stringMatching(/^DEAD_LETTER_QUEUE is not set/),
    });
  });

  it("is applied in one statement and acked one by one", async ({ expect }) => {
    const DB = faultyDatabase(env.DB, () => undefined);
    const { acked, retried } = await deliver(hundred, { env: envWith({ DB }) });
    expect(acked).toEqual(everyIndex);
    expect(retried).toEqual([]);
    expect(DB.statements).toBe(1);
    expect(await storedFriends()).toHaveLength(100);
    expect(logLines()).toEqual([
      { event: "applied", table: "friends", database: "DB", messages: 100, rowsWritten: 100 },
    ]);
  });

  it.for([0, 50, 99])(
    "is applied but for the poison at place %i, a dead letter at once",
    async (place, { expect }) => {
      const DB = refusingPoison();
      const bodies = hundred.with(place, POISON);
      const { acked, retried } = await deliver(bodies, { env: envWith({ DB }) });
      expect(acked.toSorted((a, b) => a - b)).toEqual(everyIndex);
      expect(retried).toEqual([]);
      expect(await storedFriends()).toHaveLength(99);
      expect(await storedDeadLetters()).toMatchObject([
        { id: String(place), attempts: 1, reason: "refused-by-table", status: "waiting" },
      ]);
      expect(JSON.parse((await storedDeadLetters())[0]?.body ?? "")).toEqual(POISON);
      // The halves down to the one, and the dead letter.
      expect(DB.statements).toBeLessThanOrEqual(16);
      expect(logLines()).toContainEqual({
        event: "failed",
        reason: "dead-letter",
        why: "refused-by-table",
        messages: 1,
      });
    },
  );

  it("that is poison all over costs a bounded number of statements, and loses nothing", async ({
    expect,
  }) => {
    const DB = refusingPoison();
    const { acked, retried } = await deliver(
      hundred.map(() => POISON),
      { env: envWith({ DB }) },
    );
    expect(DB.statements).toBe(41);
    expect(acked.length).toBeGreaterThan(0);
    expect(acked).toHaveLength((await storedDeadLetters()).length);
    expect(acked.length + retried.length).toBe(100);
  });

  it.for([
    "Network connection lost.",
    "D1 DB is overloaded. Too many requests queued.",
    "no such table: friends",
  ])(
    "is retried as a whole, without narrowing, when the database says: %s",
    async (message, { expect }) => {
      const DB = faultyDatabase(env.DB, () => new Error(`D1_ERROR: ${message}`));
      const { acked, retried } = await deliver(hundred, { env: envWith({ DB }), attempts: 3 });
      expect(acked).toEqual([]);
      expect(retried.map(({ index }) => index)).toEqual(everyIndex);
      for (const { delaySeconds } of retried) {
        expect(delaySeconds).toBeGreaterThanOrEqual(10);
        expect(delaySeconds).toBeLessThanOrEqual(20);
      }
      expect(DB.statements).toBe(1);
      expect(logLines()).toMatchObject([
        { event: "retried", messages: 100, attempts: 3, reason: "Error" },
      ]);
    },
  );

  it("is retried when the database does not come back", async ({ expect }) => {
    vi.useFakeTimers();
    const DB = faultyDatabase(env.DB, () => "hang");
    const delivery = deliver(hundred, { env: envWith({ DB }) });
    await vi.advanceTimersByTimeAsync(40_000);
    const { acked, retried } = await delivery;
    expect(acked).toEqual([]);
    expect(retried).toHaveLength(100);
    expect(DB.statements).toBe(1);
    expect(logLines()).toMatchObject([{ event: "retried", reason: "TimeoutError" }]);
  });

  it("waits once for a database that does not come back, whatever it has for it", async ({
    expect,
  }) => {
    vi.useFakeTimers();
    const DB = faultyDatabase(env.DB, () => "hang");
    const blocked = blackList.added([["alice", "bob"]], 1_024);
    const delivery = deliver([...hundred, blocked], { env: envWith({ DB }) });
    await vi.advanceTimersByTimeAsync(40_000);
    const { acked, retried } = await delivery;
    expect(acked).toEqual([]);
    expect(retried).toHaveLength(101);
    expect(DB.statements).toBe(1);
    expect(logLines().map(({ reason }) => reason)).toEqual(["TimeoutError", "TimeoutError"]);
  });

  it("leaves a database that hung alone for some seconds, and then tries it once more", async ({
    expect,
  }) => {
    vi.useFakeTimers();
    let hangs = true;
    const DB = faultyDatabase(env.DB, () => (hangs ? "hang" : undefined));
    const workerEnv = envWith({ DB });
    const first = deliver(hundred, { env: workerEnv });
    await vi.advanceTimersByTimeAsync(40_000);
    await first;
    // At once, and without a statement.
    expect(await deliver(hundred, { env: workerEnv })).toMatchObject({ retried: { length: 100 } });
    expect(DB.statements).toBe(1);
    expect(logLines().map(({ reason }) => reason)).toEqual(["TimeoutError", "TimeoutError"]);

    await vi.advanceTimersByTimeAsync(5_000);
    const again = deliver(hundred, { env: workerEnv });
    await vi.advanceTimersByTimeAsync(40_000);
    await again;
    await vi.advanceTimersByTimeAsync(5_000);
    await deliver(hundred, { env: workerEnv });
    expect(DB.statements).toBe(2);

    hangs = false;
    const after = Date.now() + 5_000;
    // The real database answers in real time.
    vi.useRealTimers();
    vi.setSystemTime(after);
    const late = deliver(hundred, { env: workerEnv });
    expect((await late).acked).toEqual(everyIndex);
    expect((await deliver(hundred, { env: workerEnv })).acked).toEqual(everyIndex);
  });

  it("is given the 30 s that D1 gives a statement", async ({ expect }) => {
    vi.useFakeTimers();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const run = async () => {
      begin();
      await new Promise((resolve) => setTimeout(resolve, 30_000));
      return { meta: { rows_written: 100 } };
    };
    const DB = { prepare: () => ({ bind: () => ({ run }) }) };
    const delivery = deliver(hundred, { env: envWith({ DB }) });
    await begun;
    expect(await afterMs(30_000, delivery)).toEqual({ acked: everyIndex, retried: [] });
  });

  it("is spread over the time of its next try", async ({ expect }) => {
    const DB = faultyDatabase(env.DB, () => new Error("D1_ERROR: Network connection lost."));
    const { retried } = await deliver(hundred, { env: envWith({ DB }), attempts: 10 });
    expect(new Set(retried.map(({ delaySeconds }) => delaySeconds)).size).toBeGreaterThan(1);
  });

  it("is logged with the most tries and the longest delay of its messages", async ({ expect }) => {
    const DB = faultyDatabase(env.DB, () => new Error("D1_ERROR: Network connection lost."));
    const { retried } = await deliver(hundred.slice(0, 3), {
      env: envWith({ DB }),
      attempts: [2, 9, 1],
    });
    const delays = retried.map(({ delaySeconds = 0 }) => delaySeconds);
    expect(logLines()).toEqual([
      {
        event: "retried",
        messages: 3,
        attempts: 9,
        delaySeconds: Math.max(...delays),
        reason: "Error",
      },
    ]);
  });

  it("keeps a malformed message as a dead letter at once", async ({ expect }) => {
    const bodies = [
      { type: "nonsense" },
      added("a", "b"),
      null,
      "text",
      10n,
      { v: "2", type: "friends-added" },
      { v: 1.5, type: "friends-added" },
      { ...added("a", "c"), source: "" },
      // A pair of the other list.
      { ...added("a", "c"), v: 1, type: "blacklist-added" },
      { ...blackList.added([["a", "c"]], 1_024), v: 2, type: "friends-added" },
    ];
    const { acked, retried } = await deliver(bodies);
    expect(acked.toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(retried).toEqual([]);
    expect(await storedFriends()).toHaveLength(1);
    expect(await storedDeadLetters()).toMatchObject([
      { id: "0", reason: "malformed", body: '{"type":"nonsense"}' },
      { id: "2", reason: "malformed", body: "null" },
      { id: "3", reason: "malformed", body: '"text"' },
      { id: "4", reason: "malformed", body: '"10"' },
      { id: "5", reason: "malformed" },
      { id: "6", reason: "malformed" },
      { id: "7", reason: "malformed" },
      { id: "8", reason: "malformed" },
      { id: "9", reason: "malformed" },
    ]);
  });

  it("counts its dead letters by what is wrong with them", async ({ expect }) => {
    const bodies = [{}, added("a", "b"), POISON, null, "text"];
    const { acked } = await deliver(bodies, { env: envWith({ DB: refusingPoison() }) });
    expect(acked.toSorted()).toEqual([0, 1, 2, 3, 4]);
    const failed = logLines().filter(({ event }) => event === "failed");
    expect(failed.map(({ why, messages }) => [why, messages])).toEqual([
      ["malformed", 3],
      ["refused-by-table", 1],
    ]);
  });

  it.for([
    { v: 3, type: "friends-added" },
    { v: 2, type: "blacklist-added" },
    { v: 1, type: "blacklist-merged" },
    { v: 2, type: "responses-decided" },
    { v: 2, type: "requests-decided" },
    { v: 9, anything: true },
  ])(
    "retries %j, which this deploy does not know, and applies the others",
    async (unknown, { expect }) => {
      const { acked, retried } = await deliver([unknown, added("a", "b")]);
      expect(acked).toEqual([1]);
      expect(retried.map(({ index }) => index)).toEqual([0]);
      expect(await storedDeadLetters()).toEqual([]);
      expect(logLines()).toContainEqual(
        expect.objectContaining({ event: "retried", messages: 1, reason: "unknown-message" }),
      );
    },
  );

  it("retries a dead letter that cannot be stored", async ({ expect }) => {
    const DB = faultyDatabase(env.DB, (sql) =>
      sql.includes("INTO dead_letters") ? new Error("D1_ERROR: anything at all") : undefined,
    );
    const { acked, retried } = await deliver([{}, added("a", "b")], { env: envWith({ DB }) });
    expect(acked).toEqual([1]);
    expect(retried.map(({ index }) => index)).toEqual([0]);
  });

  it.for(["friend-events", "friend-events-dlq"])(
    "of %s is retried where the database is not bound, and the log names the binding",
    async (queue, { expect }) => {
      const { acked, retried } = await deliver(hundred, { env: envWith({ DB: undefined }), queue });
      expect(acked).toEqual([]);
      expect(retried).toHaveLength(100);
      expect(logLines()).toContainEqual({
        event: "failed",
        reason: "misconfigured",
        problems: "DB is bound to no D1 database: see wrangler.toml",
      });
    },
  );

  it("is retried with a delay when something throws that nobody thought of", async ({ expect }) => {
    const workerEnv = {
      get DB(): D1Database {
        throw new RangeError("unthinkable");
      },
    } as Env;
    const { acked, retried } = await deliver(hundred, { env: workerEnv });
    expect(acked).toEqual([]);
    expect(retried).toHaveLength(100);
    expect(logLines()).toContainEqual({
      event: "failed",
      reason: "crashed",
      error: "RangeError",
    });
  });
});

describe("a batch of the dead letter queue", () => {
  const queue = "friend-events-dlq";

  it("is stored, whatever it holds, in one statement", async ({ expect }) => {
    const DB = faultyDatabase(env.DB, () => undefined);
    const bodies = [added("a", "b"), { v: 2 }, "text"];
    const { acked } = await deliver(bodies, { env: envWith({ DB }), queue });
    expect(acked).toEqual([0, 1, 2]);
    expect(DB.statements).toBe(1);
    expect(await storedFriends()).toEqual([]);
    expect(await storedDeadLetters()).toMatchObject(
      bodies.map((body, index) => ({
        id: String(index),
        attempts: 1,
        reason: "exhausted",
        body: JSON.stringify(body),
        status: "waiting",
        settled_at: null,
      })),
    );
  });

  it("is retried when it cannot be stored because the database hangs", async ({ expect }) => {
    vi.useFakeTimers();
    const { begun, operation: run } = hanging();
    const DB = { prepare: () => ({ bind: () => ({ run }) }) };
    const delivery = deliver(hundred, { env: envWith({ DB }), queue });
    await begun;
    expect(await afterMs(60_000, delivery)).toMatchObject({ acked: [], retried: { length: 100 } });
    expect(logLines()).toMatchObject([{ event: "retried", reason: "TimeoutError" }]);
  });

  it("waits for hours between late tries when it cannot be stored", async ({ expect }) => {
    const DB = faultyDatabase(env.DB, () => new Error("D1_ERROR: Network connection lost."));
    const { acked, retried } = await deliver(hundred, {
      env: envWith({ DB }),
      queue,
      attempts: 50,
    });
    expect(acked).toEqual([]);
    expect(retried).toHaveLength(100);
    for (const { delaySeconds } of retried) {
      expect(delaySeconds).toBeGreaterThanOrEqual(2 * 3_600);
      expect(delaySeconds).toBeLessThanOrEqual(4 * 3_600);
    }
  });
});
