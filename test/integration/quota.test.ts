import { env } from "cloudflare:workers";
import { beforeEach, describe, it, vi } from "vitest";
import type { RequestsDecided } from "../../src/events/kinds.ts";
import worker from "../../src/index.ts";
import { countedDb, countedKv } from "../support/counted.ts";
import { faultyDatabase } from "../support/faults.ts";
import { logLines } from "../support/log.ts";
import { friendRequest, friendResponse } from "../support/tencent.ts";
import { callback, deliver, envWith, heldQueue, storedDeadLetters } from "../support/worker.ts";

/** Two a day, of which nothing else is recorded. */
const enforced = {
  REQUESTS_PER_DAY: "2",
  REQUESTS_PER_DAY_MODE: "enforce",
  RECORD_RESPONSES: "none",
};
const KEY = "applicant:spammer";

const DAY_MS = 24 * 3_600 * 1_000;
beforeEach(async () => {
  // No day may end within a test.
  const left = DAY_MS - (Date.now() % DAY_MS);
  if (left < 20_000) await scheduler.wait(left);
});

let friends = 0;
const someone = () => `friend${++friends}`;

/** What the callback puts on the queue, and what it answers. */
async function asked(body: object, settings: Record<string, unknown> = {}) {
  const FRIEND_EVENTS = heldQueue();
  const { reply } = await callback(body, {
    env: envWith({ ...enforced, ...settings, FRIEND_EVENTS }),
  });
  const codes = reply.ResultItem?.map(({ ResultCode }) => ResultCode);
  return { messages: FRIEND_EVENTS.messages as RequestsDecided[], codes };
}

/** Asks so many, one callback each, and has the consumer take what comes of it as one batch. */
async function ask(count: number, settings: Record<string, unknown> = {}, from = "spammer") {
  const codes: unknown[] = [];
  const messages: unknown[] = [];
  for (let times = 0; times < count; times++) {
    const one = await asked(friendRequest(from, [someone()]), settings);
    codes.push(...(one.codes ?? []));
    messages.push(...one.messages);
  }
  const delivered = await deliver(messages, { env: envWith({ ...enforced, ...settings }) });
  return { codes, messages, ...delivered };
}

async function stored(key = KEY) {
  const value = await env.BLOCKLIST.get(key);
  const { keys } = await env.BLOCKLIST.list({ prefix: key });
  const [{ expiration, metadata } = {}] = keys;
  return { rule: value === null ? null : JSON.parse(value), expiration, metadata };
}

const over = { event: "over-quota", users: 1, rules: 1, mode: "enforce" };
const told = () => logLines().filter(({ event }) => event === "over-quota");
const failed = () => logLines().filter(({ event }) => event === "failed");

describe("a user who sends more friend requests than a day has", () => {
  it("gets a rule that refuses the next one", async ({ expect }) => {
    expect((await ask(2)).codes).toEqual([0, 0]);
    expect(await stored()).toMatchObject({ rule: null });
    expect(told()).toEqual([]);

    const beforeMs = Date.now();
    expect((await ask(1)).codes).toEqual([0]);
    const { rule, expiration, metadata } = await stored();
    expect(rule).toEqual({
      reason: "quota",
      actions: ["Request"],
      mode: "block",
      note: expect.stringMatching(/^over 2 a day at \d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
    expect(expiration).toBeGreaterThanOrEqual(Math.floor(beforeMs / 1_000) + 24 * 3_600);
    expect(expiration).toBeLessThan(Date.now() / 1_000 + 24 * 3_600 + 60);
    // By it the tools know a rule that nobody wrote.
    expect(metadata).toEqual({ by: "quota" });
    expect(told()).toEqual([over]);
    expect(JSON.stringify(logLines())).not.toContain("spammer");

    expect((await ask(1)).codes).toEqual([38_000]);
    expect((await ask(1, {}, "somebody")).codes).toEqual([0]);
  });

  it("is not refused as the one who answers or is answered", async ({ expect }) => {
    await ask(3);
    const settings = { BLOCKLIST_KINDS: "user" };
    expect((await asked(friendResponse("alice", ["spammer"]), settings)).codes).toEqual([0]);
    expect((await asked(friendResponse("spammer", ["alice"]), settings)).codes).toEqual([0]);
    expect((await asked(friendRequest("alice", ["spammer"]), settings)).codes).toEqual([0]);
    expect((await asked(friendRequest("spammer", ["alice"]), settings)).codes).toEqual([38_000]);
  });

  it.for(["pair:alice:spammer", "user:spammer", "user:alice", "responder:alice", "ip:127.0.0.1"])(
    "is let through where %s is an exception",
    async (key, { expect }) => {
      await ask(3);
      await env.BLOCKLIST.put(key, '{"mode":"allow"}');
      const settings = { BLOCKLIST_KINDS: "pair,user,responder,ip" };
      expect((await asked(friendRequest("spammer", ["alice"]), settings)).codes).toEqual([0]);
    },
  );

  it.for([
    ["unless told otherwise", { REQUESTS_PER_DAY_MODE: undefined }],
    ["with REQUESTS_PER_DAY_MODE", { REQUESTS_PER_DAY_MODE: "observe" }],
  ] as const)("gets a rule that only observes, %s", async ([, settings], { expect }) => {
    await ask(3, settings);
    expect((await stored()).rule).toMatchObject({ reason: "quota", mode: "observe" });
    expect(told()).toEqual([{ ...over, mode: "observe" }]);
    const { codes, messages } = await asked(friendRequest("spammer", ["alice"]), {
      ...settings,
      RECORD_RESPONSES: "blocked",
    });
    expect(codes).toEqual([0]);
    // It would have been refused, and is recorded.
    expect(messages).toMatchObject([{ through: 1, requests: [[0, "alice", 0, null, null, KEY]] }]);
  });

  it("gets it for as long as QUOTA_BLOCK_HOURS says", async ({ expect }) => {
    await ask(3, { QUOTA_BLOCK_HOURS: "1" });
    const { expiration = 0 } = await stored();
    expect(expiration - Date.now() / 1_000).toBeGreaterThan(3_500);
    expect(expiration - Date.now() / 1_000).toBeLessThanOrEqual(3_601);
  });

  it.for([
    ["block", '{"code":38123,"reason":"by hand"}'],
    ["allow", '{"mode":"allow"}'],
    ["observe", '{"mode":"observe"}'],
    ["text", "spam"],
    ["broken", "{"],
    ["empty", ""],
  ] as const)("keeps a rule that somebody wrote: %s", async ([, value], { expect }) => {
    const { messages } = await ask(0);
    for (let times = 0; times < 3; times++) {
      messages.push(...(await asked(friendRequest("spammer", [someone()]))).messages);
    }
    await env.BLOCKLIST.put(KEY, value);
    await deliver(messages, { env: envWith(enforced) });
    expect(await env.BLOCKLIST.get(KEY)).toBe(value);
    expect(told()).toEqual([{ ...over, rules: 0 }]);
  });

  it("is not told again when an operator has taken the rule away", async ({ expect }) => {
    await ask(3);
    await env.BLOCKLIST.delete(KEY);
    expect((await ask(3)).codes).toEqual([0, 0, 0]);
    expect((await stored()).rule).toBe(null);
    expect(told()).toHaveLength(1);
  });

  it("gets another one when the rule has ended, and the day has not", async ({ expect }) => {
    await ask(3, { QUOTA_BLOCK_HOURS: "1" });
    await env.BLOCKLIST.delete(KEY);
    await env.DB.prepare("UPDATE quota_blocks SET until = until - 3600000").run();
    await ask(1);
    expect((await stored()).rule).toMatchObject({ mode: "block" });
    expect(told()).toHaveLength(2);
  });

  it("gets the rule in force in place of one that only observes", async ({ expect }) => {
    await ask(3, { REQUESTS_PER_DAY_MODE: "observe" });
    await env.DB.prepare("DELETE FROM quota_blocks").run();
    await ask(1);
    expect((await stored()).rule).toMatchObject({ reason: "quota", mode: "block" });
  });

  it("is found among many, by an account that needs its key encoded", async ({ expect }) => {
    const messages: unknown[] = [];
    for (const id of ["a:b", "小明", "honest"]) {
      const to = Array.from({ length: id === "honest" ? 2 : 3 }, someone);
      messages.push(...(await asked(friendRequest(id, to))).messages);
    }
    const kv = countedKv(env.BLOCKLIST);
    const put = (...args: Parameters<KVNamespace["put"]>) => env.BLOCKLIST.put(...args);
    await deliver(messages, { env: envWith({ ...enforced, BLOCKLIST: { ...kv.binding, put } }) });
    expect(kv.count).toEqual({ operations: 1, keys: 2 });
    const { keys } = await env.BLOCKLIST.list();
    expect(keys.map(({ name }) => name)).toEqual([
      "applicant:%E5%B0%8F%E6%98%8E",
      "applicant:a%3Ab",
    ]);
    expect(told()).toEqual([{ ...over, users: 2, rules: 2 }]);
  });
});

describe("what is counted", () => {
  it("is what was let through: a refused request makes nobody's day worse", async ({ expect }) => {
    await env.BLOCKLIST.put("user:victim", "no");
    const { messages, codes } = await asked(friendRequest("spammer", ["a", "victim", "b"]));
    expect(codes).toEqual([0, 38_000, 0]);
    expect(messages).toMatchObject([{ type: "requests-decided", through: 2, requests: [] }]);
    expect((await asked(friendRequest("spammer", ["victim"]))).messages).toEqual([]);
  });

  it("is what the backend has let through, too", async ({ expect }) => {
    const ResultItem = [{ To_Account: "a", ResultCode: 38_500 }];
    const answer = () => Response.json({ ErrorCode: 0, ResultItem });
    const { messages } = await asked(friendRequest("spammer", ["a", "b"]), {
      BACKEND: { fetch: async () => answer() },
      BACKEND_COMMANDS: "Sns.CallbackPrevFriendAdd",
    });
    expect(messages).toMatchObject([{ through: 1 }]);
  });

  it("is neither who is asked nor anything else, where RECORD_RESPONSES says none", async ({
    expect,
  }) => {
    const { messages } = await ask(3);
    expect(JSON.stringify(messages)).not.toContain("friend");
    const { results } = await env.DB.prepare("SELECT * FROM friend_requests").all();
    expect(results).toEqual([]);
  });

  it.for([
    ["a friend response", friendResponse("spammer", ["a"])],
    ["a request of nobody", friendRequest("", ["a"])],
    ["a request of who is none", friendRequest("x".repeat(129), ["a"])],
    ["a request to nobody", friendRequest("spammer", [])],
  ] as const)("is not %s", async ([, body], { expect }) => {
    expect((await asked(body)).messages).toEqual([]);
  });

  it("is nothing where no number is set", async ({ expect }) => {
    const settings = { REQUESTS_PER_DAY: undefined, RECORD_RESPONSES: "all" };
    const { messages } = await ask(5, settings);
    expect(messages).toMatchObject(Array(5).fill({ through: 0 }));
    const db = countedDb(env.DB);
    const counted = { ...(messages[0] as RequestsDecided), through: 5, callId: "other" };
    await deliver([counted], {
      env: envWith({ ...enforced, ...settings, DB: db.binding, BLOCKLIST: undefined }),
    });
    expect(db.count.statements).toBe(1);
    const { results } = await env.DB.prepare("SELECT * FROM request_counts").all();
    expect(results).toEqual([]);
  });

  it("is counted once, however often a message comes", async ({ expect }) => {
    const { messages } = await ask(2);
    for (let times = 0; times < 3; times++) {
      await deliver([...messages, ...messages], { env: envWith(enforced) });
    }
    expect(told()).toEqual([]);
    // A large callback is several messages.
    const to = Array.from({ length: 700 }, someone);
    const large = await asked(friendRequest("somebody", to), {
      RECORD_RESPONSES: "all",
      REQUESTS_PER_DAY: "700",
    });
    expect(large.messages).toHaveLength(3);
    await deliver(large.messages, { env: envWith({ ...enforced, REQUESTS_PER_DAY: "700" }) });
    expect(told()).toEqual([]);
    await deliver(large.messages, { env: envWith({ ...enforced, REQUESTS_PER_DAY: "699" }) });
    expect(told()).toEqual([over]);
  });
});

describe("what it costs", () => {
  it("a callback: one key more, and no read", async ({ expect }) => {
    for (const body of [
      friendRequest("spammer", ["alice"]),
      friendResponse("alice", ["spammer"]),
    ]) {
      const kv = countedKv(env.BLOCKLIST);
      await asked(body, { BLOCKLIST: kv.binding, DB: undefined });
      expect(kv.count).toEqual({ operations: 1, keys: 4 });
    }
  });

  it("a batch: two statements more, and nothing of KV while nobody is over", async ({ expect }) => {
    const messages: unknown[] = [];
    for (let times = 0; times < 20; times++) {
      const body = friendRequest(`user${times}`, ["alice"]);
      messages.push(...(await asked(body, { RECORD_RESPONSES: "all" })).messages);
    }
    const db = countedDb(env.DB);
    const settings = { ...enforced, DB: db.binding, BLOCKLIST: undefined };
    const { acked } = await deliver(messages, { env: envWith(settings) });
    expect(acked).toHaveLength(20);
    // The record, the counts, who is over; a row each for the record and the count.
    expect(db.count).toMatchObject({ statements: 3, rowsWritten: 40 });
    expect(failed()).toEqual([]);
  });

  it("who is over: a read, a rule and a statement, once", async ({ expect }) => {
    const { messages } = await asked(friendRequest("spammer", ["a", "b", "c"]));
    const kv = countedKv(env.BLOCKLIST);
    let puts = 0;
    const put = (...args: Parameters<KVNamespace["put"]>) => {
      puts += 1;
      return env.BLOCKLIST.put(...args);
    };
    const BLOCKLIST = { ...kv.binding, put };
    const db = countedDb(env.DB);
    await deliver(messages, { env: envWith({ ...enforced, BLOCKLIST, DB: db.binding }) });
    expect([kv.count.operations, puts, db.count.statements]).toEqual([1, 1, 3]);
    await deliver(messages, { env: envWith({ ...enforced, BLOCKLIST, DB: db.binding }) });
    expect([kv.count.operations, puts, db.count.statements]).toEqual([1, 1, 5]);
  });
});

describe("where something fails, messages are acked, it is told, and the next message makes up for it:", () => {
  const broken = (fails: "get" | "put") => ({
    get: (keys: string[], type: "text") => env.BLOCKLIST.get(keys, type),
    put: (...args: Parameters<KVNamespace["put"]>) => env.BLOCKLIST.put(...args),
    [fails]: () => Promise.reject(new TypeError("KV failed: spammer")),
  });

  it.for([
    ["KV cannot be read", () => ({ BLOCKLIST: broken("get") }), "TypeError"],
    ["KV cannot be written", () => ({ BLOCKLIST: broken("put") }), "TypeError"],
    ["KV is not bound", () => ({ BLOCKLIST: undefined }), "ReferenceError"],
    ["it cannot be noted who got a rule", () => ({ DB: refusing("INTO quota_blocks") }), "Error"],
  ] as const)("%s", async ([, settings, error], { expect }) => {
    const messages: unknown[] = [];
    for (let times = 0; times < 3; times++) {
      messages.push(...(await asked(friendRequest("spammer", [someone()]))).messages);
    }
    const env = envWith({ ...enforced, ...settings() });
    expect(await deliver(messages, { env })).toEqual({ acked: [0, 1, 2], retried: [] });
    expect(failed()).toEqual([
      { event: "failed", reason: "quota-not-applied", messages: 3, error },
    ]);
    expect(told()).toEqual([]);
    await ask(1, { BLOCKLIST_MODE: "observe" });
    expect((await stored()).rule).toMatchObject({ reason: "quota", mode: "block" });
    expect(told()).toEqual([over]);
  });

  const refusing = (sql: string) =>
    faultyDatabase(env.DB, (text) =>
      text.includes(sql) ? new Error("D1_ERROR: Network connection lost.") : undefined,
    );

  it("the counts cannot be written, and what is recorded is", async ({ expect }) => {
    const settings = { DB: refusing("INTO request_counts"), RECORD_RESPONSES: "all" };
    const { acked } = await ask(3, settings);
    expect(acked).toEqual([0, 1, 2]);
    expect(failed()).toEqual([
      { event: "failed", reason: "quota-not-applied", messages: 3, error: "Error" },
    ]);
    const { results } = await env.DB.prepare("SELECT * FROM friend_requests").all();
    expect(results).toHaveLength(3);
    expect(await storedDeadLetters()).toEqual([]);
    await ask(3);
    expect(told()).toEqual([over]);
  });

  it("the database hangs", async ({ expect }) => {
    const { messages } = await asked(friendRequest("spammer", ["a"]));
    vi.useFakeTimers();
    const DB = faultyDatabase(env.DB, (sql) =>
      sql.includes("request_counts") ? "hang" : undefined,
    );
    const delivery = deliver(messages, { env: envWith({ ...enforced, DB }) });
    await vi.advanceTimersByTimeAsync(40_000);
    expect(await delivery).toEqual({ acked: [0], retried: [] });
    expect(failed()).toMatchObject([{ reason: "quota-not-applied", error: "TimeoutError" }]);
  });

  it("a message is acked before its requests are counted", async ({ expect }) => {
    const { messages } = await asked(friendRequest("spammer", ["a"]));
    const done: string[] = [];
    const DB = faultyDatabase(env.DB, (sql) => {
      if (sql.includes("INTO request_counts")) done.push("counted");
      return undefined;
    });
    const [body] = messages;
    const message = { id: "0", attempts: 1, timestamp: new Date(), body };
    const batch = {
      queue: "friend-events",
      messages: [{ ...message, ack: () => done.push("acked") }],
    };
    await worker.queue(batch as unknown as MessageBatch, envWith({ ...enforced, DB }));
    expect(done).toEqual(["acked", "counted"]);
  });

  it("a message that is not stored is not counted", async ({ expect }) => {
    const settings = { DB: refusing("INTO friend_requests"), RECORD_RESPONSES: "all" };
    const { acked, retried } = await ask(3, settings);
    expect([acked.length, retried.length]).toEqual([0, 3]);
    const { results } = await env.DB.prepare("SELECT * FROM request_counts").all();
    expect(results).toEqual([]);
  });
});
