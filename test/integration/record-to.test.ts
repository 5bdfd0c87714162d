import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, it, vi } from "vitest";
import { RECORD_TABLE_TIMEOUT_MS } from "../../src/limits.ts";
import { afterMs } from "../support/clock.ts";
import { countedDb } from "../support/counted.ts";
import { boundRecords } from "../support/databases.ts";
import { RECORDS } from "../support/decided.ts";
import { brokenDatabase, faultyDatabase, hanging } from "../support/faults.ts";
import { logLines } from "../support/log.ts";
import { callbackRequest, friendRequest, friendResponse, QUESTIONS } from "../support/tencent.ts";
import { callback, deliver, envWith, fetchInFront, heldQueue } from "../support/worker.ts";

const atOnce = { RECORD_RESPONSES: "all", RECORD_TO: "table" };
const ids = (count: number) => Array.from({ length: count }, (_, index) => `friend${index}`);
const told = (event: string) => logLines().filter((line) => line.event === event);

/** The rows of a record but for what differs with every callback. */
async function rowsOf(what: "request" | "response", db: D1Database = env.DB) {
  const { table } = RECORDS[what === "request" ? 1 : 0];
  const { results } = await db
    .prepare(`SELECT * FROM ${table} ORDER BY at, call_id, item`)
    .all<{ at: number; call_id: string }>();
  return results.map(({ at: _, call_id: __, ...row }) => row);
}

/** A database whose statements run when the test says so, and of which no answer comes. */
function lateDatabase(db: D1Database) {
  const { begun, operation } = hanging();
  let run: () => Promise<unknown> = () => Promise.reject(new Error("nothing was asked"));
  const prepare = (sql: string) => ({
    bind: (...values: unknown[]) => ({
      run: () => {
        run = () =>
          db
            .prepare(sql)
            .bind(...values)
            .run();
        return operation();
      },
    }),
  });
  return { binding: { prepare } as unknown as D1Database, begun, runLate: () => run() };
}

describe.for(QUESTIONS)("the record of a friend $what, written at once,", ({ what, ask }) => {
  const rules = async () => {
    await env.BLOCKLIST.put("user:friend0", "no");
    await env.BLOCKLIST.put("user:friend1", JSON.stringify({ mode: "observe" }));
  };

  it.for(
    ["all", "blocked", "none"].flatMap((RECORD_RESPONSES) =>
      [1, 2, 5, 301].flatMap((count) =>
        [false, true].map((isApart) => [RECORD_RESPONSES, count, isApart] as const),
      ),
    ),
  )(
    "has the rows of the other way: %s, %i items, in a database of its own: %s",
    async ([RECORD_RESPONSES, count, isApart], { expect }) => {
      await rules();
      const bindings = isApart ? await boundRecords() : {};
      const db = isApart ? env.TEST_DB_RECORDS : env.DB;
      const queue = heldQueue();
      const settings = { RECORD_RESPONSES, FRIEND_EVENTS: queue, ...bindings };
      const body = { ...ask("alice", ids(count), "carol"), EventTime: 1_700_000 };
      const query = { RequestId: "0a1b" };
      await callback(body, { env: envWith(settings), query });
      await deliver(queue.messages, { env: envWith(settings) });
      const before = await rowsOf(what, db);
      expect(before).toHaveLength(
        { all: count, blocked: Math.min(count, 2), none: 0 }[RECORD_RESPONSES] as number,
      );
      await db.exec("DELETE FROM friend_requests; DELETE FROM friend_responses;");

      const writes = queue.writes;
      await callback(body, { env: envWith({ ...settings, RECORD_TO: "table" }), query });
      expect(await rowsOf(what, db)).toEqual(before);
      expect(queue.writes).toBe(writes);
      if (isApart) expect(await rowsOf(what, env.DB)).toEqual([]);
      expect(logLines().map(({ event }) => event)).not.toContain("enqueued");
    },
  );

  it("has the rows of the other way whatever its accounts are made of", async ({ expect }) => {
    const account = fc.oneof(
      fc.constantFrom("", "a\0b", "\ud800", "x".repeat(300), "'; DROP TABLE friends; --"),
      fc.string({ unit: "binary", maxLength: 20 }),
    );
    const body = fc.record({ from: account, to: fc.array(account, { maxLength: 5 }) });
    await fc.assert(
      fc.asyncProperty(body, async ({ from, to }) => {
        await env.DB.exec("DELETE FROM friend_requests; DELETE FROM friend_responses;");
        const queue = heldQueue();
        await callback(ask(from, to), { env: envWith({ ...atOnce, FRIEND_EVENTS: undefined }) });
        const rows = await rowsOf(what);
        expect(rows).toHaveLength(to.length);
        await env.DB.exec("DELETE FROM friend_requests; DELETE FROM friend_responses;");
        const settings = { RECORD_RESPONSES: "all", RECORD_TO: "queue", FRIEND_EVENTS: queue };
        await callback(ask(from, to), { env: envWith(settings) });
        await deliver(queue.messages);
        expect(rows).toEqual(await rowsOf(what));
      }),
      { numRuns: 25 },
    );
  });

  it.for([
    ["is away", () => brokenDatabase("Network connection lost."), "Error"],
    ["rejects", () => faultyDatabase(env.DB, () => new RangeError("secret")), "RangeError"],
    [
      "has written it, and its answer is lost",
      () => faultyDatabase(env.DB, () => ({ afterwards: new RangeError("secret") })),
      "RangeError",
    ],
    ["is not bound", () => undefined, "ReferenceError"],
  ] satisfies [string, () => D1Database | undefined, string][])(
    "goes by the queue where the database %s, and is there once",
    async ([, db, table], { expect }) => {
      const queue = heldQueue();
      const workerEnv = envWith({ ...atOnce, DB: db(), FRIEND_EVENTS: queue });
      await callback(ask("alice", ids(301)), { env: workerEnv });
      expect(queue.messages).toHaveLength(2);
      await deliver([...queue.messages, ...queue.messages]);
      expect(await rowsOf(what)).toHaveLength(301);
      const type = `${what}s-decided`;
      expect(told("enqueued")).toMatchObject([{ type, items: 301, messages: 2, table }]);
      expect(told("failed")).toEqual([]);
      expect(JSON.stringify(logLines())).not.toContain("secret");
    },
  );

  it("goes by the queue where SHARDS is wrong, and waits there", async ({ expect }) => {
    const queue = heldQueue();
    const workerEnv = envWith({ ...atOnce, SHARDS: "nonsense", FRIEND_EVENTS: queue });
    await callback(ask("alice", ["bob"]), { env: workerEnv });
    const { retried } = await deliver(queue.messages, { env: workerEnv });
    expect(retried).toHaveLength(1);
    expect(told("enqueued")).toMatchObject([{ table: "ReferenceError" }]);
  });

  it("goes by the queue where the database is slow, and is there once when it has run after all", async ({
    expect,
  }) => {
    vi.useFakeTimers();
    const late = lateDatabase(env.DB);
    const queue = heldQueue();
    const workerEnv = envWith({ ...atOnce, DB: late.binding, FRIEND_EVENTS: queue });
    const { response, behind } = fetchInFront(
      await callbackRequest(ask("alice", ids(3))),
      workerEnv,
    );
    // The reply is there while the database has not answered.
    expect(await (await response).json()).toMatchObject({ ActionStatus: "OK" });
    await late.begun;
    expect(await afterMs(RECORD_TABLE_TIMEOUT_MS - 1, Promise.all(behind))).toBe("still waiting");
    expect(queue.messages).toEqual([]);
    expect(await afterMs(1, Promise.all(behind))).not.toBe("still waiting");
    expect(queue.messages).toHaveLength(1);
    vi.useRealTimers();

    await deliver(queue.messages);
    await late.runLate();
    await deliver(queue.messages);
    expect(await rowsOf(what)).toHaveLength(3);
    expect(told("enqueued")).toMatchObject([{ items: 3, messages: 1, table: "timeout" }]);
  });

  it("is missing with one line where neither takes it", async ({ expect }) => {
    const FRIEND_EVENTS = { send: () => Promise.reject(new TypeError("secret")) };
    const DB = faultyDatabase(env.DB, () => new RangeError("secret"));
    const { reply } = await callback(ask("alice", ids(2)), {
      env: envWith({ ...atOnce, DB, FRIEND_EVENTS }),
    });
    expect(reply.ResultItem).toMatchObject([{ ResultCode: 0 }, { ResultCode: 0 }]);
    const missing = { reason: "not-recorded", items: 2, table: "RangeError", queue: "TypeError" };
    expect(told("failed")).toMatchObject([missing]);
    expect(told("enqueued")).toEqual([]);
    expect(JSON.stringify(logLines())).not.toContain("secret");
  });

  it("is given up within the 30 s behind a reply where both hang", async ({ expect }) => {
    vi.useFakeTimers();
    const late = lateDatabase(env.DB);
    const { begun, operation: send } = hanging();
    const { response, behind } = fetchInFront(
      await callbackRequest(ask("alice", ["bob"])),
      envWith({ ...atOnce, DB: late.binding, FRIEND_EVENTS: { send } }),
    );
    expect((await response).status).toBe(200);
    await late.begun;
    expect(await afterMs(RECORD_TABLE_TIMEOUT_MS, begun)).not.toBe("still waiting");
    await afterMs(30_000 - RECORD_TABLE_TIMEOUT_MS, Promise.all(behind));
    const missing = { reason: "not-recorded", table: "timeout", queue: "timeout" };
    expect(told("failed")).toMatchObject([missing]);
  });

  it.for([101, 2_000])(
    "of %i items is written when the reply has gone",
    async (count, { expect }) => {
      const order: string[] = [];
      const DB = faultyDatabase(env.DB, () => {
        order.push("record");
        return undefined;
      });
      const { response, behind } = fetchInFront(
        await callbackRequest(ask("alice", ids(count))),
        envWith({ ...atOnce, DB, FRIEND_EVENTS: undefined }),
      );
      await response;
      order.push("reply");
      await Promise.all(behind);
      expect(order).toEqual(["reply", "record"]);
    },
  );

  it("costs no statement when nothing of it is to be recorded", async ({ expect }) => {
    const db = countedDb(env.DB);
    const settings = { RECORD_TO: "table", RECORD_RESPONSES: "blocked", DB: db.binding };
    await callback(ask("alice", ["bob"]), { env: envWith(settings) });
    await callback(ask("alice", []), { env: envWith({ ...settings, ...atOnce }) });
    expect(db.count.statements).toBe(0);
  });
});

describe("where somebody counts friend requests", () => {
  const counting = { ...atOnce, REQUESTS_PER_DAY: "10" };

  it.for([
    ["a request that was let through goes by the queue", friendRequest("alice", ["bob"]), 1],
    ["so does one of which a part was", friendRequest("alice", ["bob", "spammer"]), 1],
    ["a refused one is written at once", friendRequest("alice", ["spammer"]), 0],
    ["a response is", friendResponse("alice", ["bob"]), 0],
    ["a request of who is none, whom nobody counts, is", friendRequest("", ["bob"]), 0],
  ] as const)("%s", async ([, body, messages], { expect }) => {
    await env.BLOCKLIST.put("user:spammer", "no");
    const queue = heldQueue();
    const db = countedDb(env.DB);
    const workerEnv = envWith({ ...counting, DB: db.binding, FRIEND_EVENTS: queue });
    await callback(body, { env: workerEnv });
    expect(queue.messages).toHaveLength(messages);
    expect(db.count.statements).toBe(1 - messages);
    await deliver(queue.messages, { env: workerEnv });
    const recorded = [...(await rowsOf("request")), ...(await rowsOf("response"))];
    const sent = "FriendItem" in body ? body.FriendItem : body.ResponseFriendItem;
    expect(recorded).toHaveLength(sent.length);
    const { results } = await env.DB.prepare("SELECT * FROM request_counts").all();
    expect(results).toHaveLength(messages);
    expect(told("enqueued")).toEqual([]);
  });
});
