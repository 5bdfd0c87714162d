import { env } from "cloudflare:workers";
import { describe, it, vi } from "vitest";
import { readStats } from "../../src/api/stats.ts";
import { recordDecided } from "../../src/db/decided/record.ts";
import { REQUESTS, RESPONSES } from "../../src/db/decided/tables.ts";
import { MESSAGE_MAX_DECIDED } from "../../src/limits.ts";
import { afterMs, until } from "../support/clock.ts";
import { countedDb } from "../support/counted.ts";
import { oneDatabase } from "../support/databases.ts";
import { RECORDS, requestsAt, responsesAt } from "../support/decided.ts";
import { hanging } from "../support/faults.ts";
import { logLines } from "../support/log.ts";
import { callbackRequest, friendResponse, QUESTIONS } from "../support/tencent.ts";
import { callback, deliver, envWith, fetchInFront, heldQueue } from "../support/worker.ts";

/** The Worker as it is unless something else is configured. */
const ordinary = { RECORD_RESPONSES: undefined };

describe.for(QUESTIONS)("a friend $what that was decided", ({ what, command, ask }) => {
  const isRequest = what === "request";
  const { read } = RECORDS[isRequest ? 1 : 0];
  const recorded = async (query?: Record<string, string>) => (await read(env.DB, query)).records;
  /** Alice asks, or answers; these are the others. */
  const others = async (query?: Record<string, string>) =>
    (await recorded(query)).map(({ responderId, applicantId }) =>
      isRequest ? responderId : applicantId,
    );

  it("is recorded with the rule that decided and the one that observed", async ({ expect }) => {
    await env.BLOCKLIST.put("user:spammer", "no");
    await env.BLOCKLIST.put("user:trial", JSON.stringify({ mode: "observe" }));
    const queue = heldQueue();
    const body = { ...ask("alice", ["bob", "spammer", "trial"]), EventTime: 1_700_000 };
    await callback(body, {
      env: envWith({ ...ordinary, FRIEND_EVENTS: queue }),
      query: { RequestId: "0a1b" },
    });
    expect(queue.messages).toHaveLength(1);
    await deliver(queue.messages);

    const about = (id: string, outcome: object = {}) => ({
      id: expect.any(String),
      at: expect.any(Number),
      eventTime: 1_700_000,
      requesterId: "alice",
      clientIp: "127.0.0.1",
      platform: "Web",
      requestId: "0a1b",
      ...(isRequest
        ? { applicantId: "alice", responderId: id }
        : { responderId: "alice", applicantId: id, action: "AgreeAndAdd" }),
      ...{ code: 0, ruleKind: null, ruleKey: null, observedKey: null, ...outcome },
    });
    expect(await recorded()).toEqual([
      about("bob"),
      about("spammer", { code: 38_000, ruleKind: "user", ruleKey: "user:spammer" }),
      about("trial", { observedKey: "user:trial" }),
    ]);
    expect(await others({ blocked: "true" })).toEqual(["spammer"]);
  });

  it.for([
    ["true", "127.0.0.1", "ip:127.0.0.1"],
    ["false", null, "ip:"],
  ] as const)(
    "has the client's address where RECORD_CLIENT_IP is %s: %s",
    async ([setting, clientIp, key], { expect }) => {
      const points: AnalyticsEngineDataPoint[] = [];
      const METRICS = { writeDataPoint: (point: AnalyticsEngineDataPoint) => points.push(point) };
      await env.BLOCKLIST.put("ip:127.0.0.1", "no");
      await env.BLOCKLIST.put("user:friend", JSON.stringify({ mode: "allow" }));
      const queue = heldQueue();
      const settings = { RECORD_CLIENT_IP: setting, BLOCKLIST_KINDS: "user,ip" };
      await callback(ask("alice", ["bob", "friend"]), {
        env: envWith({ ...ordinary, ...settings, METRICS, FRIEND_EVENTS: queue }),
      });
      expect(JSON.stringify(queue.messages).includes("127.0.0.1")).toBe(clientIp !== null);
      expect(JSON.stringify(points).includes("127.0.0.1")).toBe(clientIp !== null);
      await deliver(queue.messages);
      expect(await recorded()).toMatchObject([
        { code: 38_000, clientIp, ruleKind: "ip", ruleKey: key },
        { code: 0, clientIp, ruleKind: "user", ruleKey: "user:friend" },
      ]);
    },
  );

  it("observes a rule about an address without it, too", async ({ expect }) => {
    await env.BLOCKLIST.put("ip:127.0.0.1", JSON.stringify({ mode: "observe" }));
    const queue = heldQueue();
    const settings = { RECORD_CLIENT_IP: "false", BLOCKLIST_KINDS: "ip" };
    await callback(ask("alice", ["bob"]), {
      env: envWith({ ...ordinary, ...settings, FRIEND_EVENTS: queue }),
    });
    await deliver(queue.messages);
    expect(await recorded()).toMatchObject([{ code: 0, observedKey: "ip:" }]);
  });

  it("names who sent it for somebody else", async ({ expect }) => {
    const queue = heldQueue();
    await callback(ask("alice", ["bob"], "carol"), {
      env: envWith({ ...ordinary, FRIEND_EVENTS: queue }),
    });
    await deliver(queue.messages);
    expect(await recorded()).toMatchObject([
      isRequest
        ? { applicantId: "alice", requesterId: "carol", responderId: "bob" }
        : { responderId: "alice", requesterId: "carol", applicantId: "bob" },
    ]);
  });

  it("is in no other record", async ({ expect }) => {
    const queue = heldQueue();
    await callback(ask("alice", ["bob"]), { env: envWith({ ...ordinary, FRIEND_EVENTS: queue }) });
    await deliver(queue.messages);
    const counts = RECORDS.map(async (each) => (await each.read(env.DB)).records.length);
    expect(await Promise.all(counts)).toEqual(isRequest ? [0, 1] : [1, 0]);
  });

  it.for([
    ["all", ["bob", "spammer", "trial"]],
    ["blocked", ["spammer", "trial"]],
    ["none", []],
  ] as const)("is recorded when RECORD_RESPONSES is %s: %j", async ([mode, ids], { expect }) => {
    await env.BLOCKLIST.put("user:spammer", "no");
    await env.BLOCKLIST.put("user:trial", JSON.stringify({ mode: "observe" }));
    const queue = heldQueue();
    await callback(ask("alice", ["bob", "spammer", "trial"]), {
      env: envWith({ RECORD_RESPONSES: mode, FRIEND_EVENTS: queue }),
    });
    expect(queue.messages).toHaveLength(ids.length === 0 ? 0 : 1);
    await deliver(queue.messages);
    expect(await others()).toEqual(ids);
  });

  it("costs no message when nothing of it is to be recorded", async ({ expect }) => {
    const queue = heldQueue();
    const workerEnv = envWith({ RECORD_RESPONSES: "blocked", FRIEND_EVENTS: queue });
    await callback(ask("alice", ["bob"]), { env: workerEnv });
    await callback(ask("alice", []), { env: envWith({ ...ordinary, FRIEND_EVENTS: queue }) });
    expect(queue.writes).toBe(0);
  });

  it("is recorded as refused without a rule when the blocklist cannot be read", async ({
    expect,
  }) => {
    const queue = heldQueue();
    await callback(ask("alice", ["bob"]), {
      env: envWith({
        ...ordinary,
        FRIEND_EVENTS: queue,
        BLOCKLIST: { get: async () => Promise.reject(new Error("down")) },
        ON_BLOCKLIST_ERROR: "block",
      }),
    });
    await deliver(queue.messages);
    expect(await others()).toEqual(["bob"]);
    expect(await recorded()).toMatchObject([{ code: 38_001, ruleKind: null }]);
    const { requests, ...responses } = await readStats(oneDatabase(), Date.now());
    expect((isRequest ? requests : responses).lastHour).toMatchObject({
      refused: 1,
      refusedByKind: { none: 1 },
    });
    expect((isRequest ? responses : requests).lastHour.answered).toBe(0);
  });

  it("of thousands in one callback is split into messages, and recorded once each", async ({
    expect,
  }) => {
    const queue = heldQueue();
    const ids = Array.from({ length: 2_000 }, (_, index) => `friend${index}`);
    const { reply } = await callback(ask("alice", [...ids, "friend0"]), {
      env: envWith({ ...ordinary, FRIEND_EVENTS: queue }),
    });
    expect(reply.ResultItem).toHaveLength(2_001);
    expect(queue.messages).toHaveLength(Math.ceil(2_001 / MESSAGE_MAX_DECIDED));
    await deliver([...queue.messages, ...queue.messages]);
    await deliver(queue.messages);
    const { table } = RECORDS[isRequest ? 1 : 0];
    expect(await env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first("n")).toBe(2_001);
  });

  it("is recorded whatever its accounts are made of", async ({ expect }) => {
    const queue = heldQueue();
    const odd = ["", "\ud800", "a\0b", "x".repeat(300), "🙂", "'; DROP TABLE friends; --"];
    await callback(ask("\udfff", odd), { env: envWith({ ...ordinary, FRIEND_EVENTS: queue }) });
    const { acked } = await deliver(queue.messages);
    expect(acked).toEqual([0]);
    expect(await others()).toEqual([
      "",
      "\ufffd",
      "a\ufffdb",
      "x".repeat(128),
      "🙂",
      "'; DROP TABLE friends; --",
    ]);
  });

  it("is a data point for each kind of decision, with the number of them", async ({ expect }) => {
    await env.BLOCKLIST.put("user:spammer", "no");
    await env.BLOCKLIST.put("user:trial", JSON.stringify({ mode: "observe" }));
    const writeDataPoint = vi.fn();
    await callback(ask("alice", ["bob", "carol", "spammer", "trial"]), {
      env: envWith({ METRICS: { writeDataPoint } }),
    });
    const point = (count: number, ...blobs: string[]) => [
      { indexes: [command], blobs: [command, ...blobs], doubles: [expect.any(Number), count] },
    ];
    expect(writeDataPoint.mock.calls).toEqual([
      point(2, "allow", "none", "Web", ""),
      point(1, "block", "user", "Web", "user:spammer"),
      point(1, "observe", "user", "Web", "user:trial"),
    ]);
  });
});

describe("the record of a large callback", () => {
  it.for([101, 2_000])(
    "of %i items is put together when the reply has gone",
    async (count, { expect }) => {
      const order: string[] = [];
      const put = async () => void order.push("record");
      const { response, behind } = fetchInFront(
        await callbackRequest(
          friendResponse(
            "alice",
            Array.from({ length: count }, (_, index) => `friend${index}`),
          ),
        ),
        envWith({ ...ordinary, FRIEND_EVENTS: { send: put, sendBatch: put } }),
      );
      await response;
      order.push("reply");
      await Promise.all(behind);
      expect(order).toEqual(["reply", "record"]);
    },
  );
});

describe("a RequestId", () => {
  it.for([
    ["in lower case", "0a1b2c3d-0000-4000-8000-00000000000f", true],
    ["in upper case", "0A1B2C3D-0000-4000-8000-00000000000F", true],
    ["of 64 characters", "a".repeat(64), true],
    ["of 65 characters", "a".repeat(65), false],
    ["that only begins like one", "0a1b2c3d; and more", false],
    ["that only ends like one", "more, and 0a1b2c3d", false],
    ["that is empty", "", false],
  ] as const)("%s is logged and recorded, or neither", async ([, RequestId, kept], { expect }) => {
    const queue = heldQueue();
    await callback(friendResponse("alice", ["bob"]), {
      env: envWith({ ...ordinary, FRIEND_EVENTS: queue }),
      query: { RequestId },
    });
    expect(queue.messages).toMatchObject([{ requestId: kept ? RequestId : null }]);
    expect(logLines().map(({ requestId }) => requestId)).toEqual([kept ? RequestId : undefined]);
  });
});

describe("a failure to record", () => {
  const OK = { ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "" };

  it.for([
    ["fails", { send: () => Promise.reject(new RangeError("secret")) }, "RangeError"],
    [
      "throws at once",
      {
        send: () => {
          throw new RangeError("secret");
        },
      },
      "RangeError",
    ],
    ["is not bound", undefined, "TypeError"],
  ] as const)(
    "because the queue %s leaves the reply as it is, and a line in the log",
    async ([, queue, error], { expect }) => {
      const { status, reply } = await callback(friendResponse("alice", ["bob"]), {
        env: envWith({ ...ordinary, FRIEND_EVENTS: queue }),
      });
      expect(status).toBe(200);
      expect(reply).toMatchObject({ ...OK, ResultItem: [{ To_Account: "bob", ResultCode: 0 }] });
      expect(logLines()).toContainEqual(
        expect.objectContaining({
          event: "failed",
          reason: "not-recorded",
          items: 1,
          queue: error,
        }),
      );
      expect(JSON.stringify(logLines())).not.toContain("secret");
    },
  );

  it("because the queue hangs does not hold the reply back", async ({ expect }) => {
    let released = () => {};
    const hanging = new Promise<void>((resolve) => {
      released = resolve;
    });
    const send = vi.fn(() => hanging);
    // The reply is awaited without what goes on behind it.
    const { default: worker } = await import("../../src/index.ts");
    const { callbackRequest } = await import("../support/tencent.ts");
    const behind: Promise<unknown>[] = [];
    const ctx = { waitUntil: (work: Promise<unknown>) => void behind.push(work) };
    const response = await worker.fetch(
      await callbackRequest(friendResponse("alice", ["bob"])),
      envWith({ ...ordinary, FRIEND_EVENTS: { send } }),
      ctx as unknown as ExecutionContext,
    );
    expect(await response.json()).toMatchObject(OK);
    await until(() => send.mock.calls.length > 0);
    released();
    await Promise.all(behind);
  });

  it("because the queue hangs is given up within the 30 s behind a reply, and logged", async ({
    expect,
  }) => {
    vi.useFakeTimers();
    const { begun, operation: send } = hanging();
    const { response, behind } = fetchInFront(
      await callbackRequest(friendResponse("alice", ["bob"])),
      envWith({ ...ordinary, FRIEND_EVENTS: { send } }),
    );
    expect(await (await response).json()).toMatchObject(OK);
    await begun;
    await afterMs(30_000, Promise.all(behind));
    expect(logLines()).toContainEqual(
      expect.objectContaining({ event: "failed", reason: "not-recorded", queue: "timeout" }),
    );
  });

  it("because the metrics throw leaves the reply as it is", async ({ expect }) => {
    const METRICS = {
      writeDataPoint() {
        throw new Error("full");
      },
    };
    const behind: Promise<unknown>[] = [];
    const { default: worker } = await import("../../src/index.ts");
    const { callbackRequest } = await import("../support/tencent.ts");
    const ctx = { waitUntil: (work: Promise<unknown>) => void behind.push(work.catch(() => {})) };
    const response = await worker.fetch(
      await callbackRequest(friendResponse("alice", ["bob"])),
      envWith({ METRICS }),
      ctx as unknown as ExecutionContext,
    );
    expect(await response.json()).toMatchObject(OK);
    await Promise.all(behind);
  });
});

describe("the stats", () => {
  const NOW = 1_700_000_000_000;
  const HOUR = 3_600_000;

  it("count the last hour and day by the kind of the rule, responses apart from requests", async ({
    expect,
  }) => {
    await recordDecided(env.DB, RESPONSES, [
      responsesAt({ at: NOW - 1, count: 4, refused: 3 }),
      responsesAt({ at: NOW - 2 * HOUR, count: 2, refused: 1 }),
      responsesAt({ at: NOW - 25 * HOUR, count: 9, refused: 9 }),
      {
        ...responsesAt({ at: NOW - 2 }),
        responses: [
          [0, "bob", "Agree", 38_500, "pair", "pair:alice:bob", null],
          [1, "carol", "Agree", 0, null, null, "user:carol"],
        ],
      },
    ]);
    await recordDecided(env.DB, REQUESTS, [
      requestsAt({ at: NOW - 1, count: 7, refused: 2 }),
      requestsAt({ at: NOW - 2 * HOUR, count: 1 }),
      { ...requestsAt({ at: NOW - 2 }), requests: [[0, "bob", 0, null, null, "user:bob"]] },
    ]);
    expect(await readStats(oneDatabase(), NOW)).toEqual({
      lastHour: { answered: 6, refused: 4, observed: 1, refusedByKind: { pair: 1, user: 3 } },
      lastDay: { answered: 8, refused: 5, observed: 1, refusedByKind: { pair: 1, user: 4 } },
      requests: {
        lastHour: { answered: 8, refused: 2, observed: 1, refusedByKind: { user: 2 } },
        lastDay: { answered: 9, refused: 2, observed: 1, refusedByKind: { user: 2 } },
      },
      truncated: false,
      deadLetters: 0,
      databaseBytes: expect.any(Number),
      backend: { lastHour: {}, lastDay: {} },
      reconciliation: null,
    });
  });

  it.for(RECORDS)(
    "read the rows of a day's $what once, and of a long day the newest",
    async ({ what, record }, { expect }) => {
      const lastDay = async (db: D1Database) => {
        const { truncated, requests, ...responses } = await readStats(oneDatabase(db), NOW);
        return { truncated, ...(what === "requests" ? requests : responses).lastDay };
      };
      await record(env.DB, { at: NOW - 1, count: 1_000 });
      const some = countedDb(env.DB);
      expect(await lastDay(some.binding)).toMatchObject({ truncated: false, answered: 1_000 });
      expect(some.count.rowsRead).toBeLessThanOrEqual(1_000 + 10);

      await record(env.DB, { at: NOW - 2, count: 50_001 });
      const many = countedDb(env.DB);
      expect(await lastDay(many.binding)).toMatchObject({ truncated: true, answered: 50_000 });
      expect(many.count.rowsRead).toBeLessThanOrEqual(50_000 + 10);
    },
  );
});

describe("a data point", () => {
  it("names the rule that observes, beside an exception that decides", async ({ expect }) => {
    await env.BLOCKLIST.put("pair:alice:bob", JSON.stringify({ mode: "observe" }));
    await env.BLOCKLIST.put("user:bob", JSON.stringify({ mode: "allow" }));
    const writeDataPoint = vi.fn();
    await callback(friendResponse("alice", ["bob"]), {
      env: envWith({ METRICS: { writeDataPoint } }),
    });
    const [{ blobs }] = writeDataPoint.mock.lastCall as [{ blobs: string[] }];
    expect(blobs.slice(1)).toEqual(["observe", "pair", "Web", "pair:alice:bob"]);
  });

  it("has no more than 128 characters of a platform", async ({ expect }) => {
    const writeDataPoint = vi.fn();
    await callback(friendResponse("alice", ["bob"]), {
      env: envWith({ METRICS: { writeDataPoint } }),
      query: { OptPlatform: "x".repeat(2_000) },
    });
    const [{ blobs }] = writeDataPoint.mock.lastCall as [{ blobs: string[] }];
    expect(blobs[3]).toBe("x".repeat(128));
  });

  it("is one of 25 at most, however many rules decided", async ({ expect }) => {
    const ids = Array.from({ length: 40 }, (_, index) => `spammer${index}`);
    await Promise.all(ids.map((id) => env.BLOCKLIST.put(`user:${id}`, "no")));
    const writeDataPoint = vi.fn();
    await callback(friendResponse("alice", ids), { env: envWith({ METRICS: { writeDataPoint } }) });
    expect(writeDataPoint).toHaveBeenCalledTimes(25);
  });
});
