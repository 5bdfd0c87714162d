import { env } from "cloudflare:workers";
import { describe, it, vi } from "vitest";
import type { RecordedResponse } from "../../src/api/answers.ts";
import { readResponses } from "../../src/api/friend-responses.ts";
import { responsesQuery } from "../../src/api/parameters.ts";
import { readStats } from "../../src/api/stats.ts";
import { recordResponses, removeOldResponses } from "../../src/db/responses/record.ts";
import type { ResponsesDecided } from "../../src/events/kinds.ts";
import { MESSAGE_MAX_RESPONSES } from "../../src/limits.ts";
import { afterMs } from "../support/clock.ts";
import { countedDb } from "../support/counted.ts";
import { hanging } from "../support/faults.ts";
import { logLines } from "../support/log.ts";
import { callbackRequest, friendResponse } from "../support/tencent.ts";
import {
  callback,
  deliver,
  envWith,
  fetchInFront,
  heldQueue,
  storedDeadLetters,
} from "../support/worker.ts";

/** The Worker as it is unless something else is configured. */
const ordinary = { RECORD_RESPONSES: undefined };

async function recorded(query: Record<string, string> = {}): Promise<RecordedResponse[]> {
  return (await readResponses(env.DB, responsesQuery.parse(query))).responses;
}

/** A message of `count` responses that were decided at a time; the first `refused` were refused. */
function decidedAt(at: number, { count = 1, refused = 0, callId = `call${at}` } = {}) {
  const event: ResponsesDecided = {
    v: 1,
    type: "responses-decided",
    callId,
    at,
    eventTime: null,
    responderId: "alice",
    requesterId: "alice",
    clientIp: null,
    platform: "Web",
    requestId: null,
    responses: Array.from({ length: count }, (_, place) =>
      place < refused
        ? [place, `to${place}`, "AgreeAndAdd", 38_000, "user", `user:to${place}`, null]
        : [place, `to${place}`, "AgreeAndAdd", 0, null, null, null],
    ),
  };
  return event;
}

describe("a friend response that was decided", () => {
  it("is recorded with the rule that decided and the one that observed", async ({ expect }) => {
    await env.BLOCKLIST.put("user:spammer", "no");
    await env.BLOCKLIST.put("user:trial", JSON.stringify({ mode: "observe" }));
    const queue = heldQueue();
    const body = { ...friendResponse("alice", ["bob", "spammer", "trial"]), EventTime: 1_700_000 };
    await callback(body, {
      env: envWith({ ...ordinary, FRIEND_EVENTS: queue }),
      query: { RequestId: "0a1b" },
    });
    expect(queue.messages).toHaveLength(1);
    await deliver(queue.messages);

    const common = {
      id: expect.any(String),
      at: expect.any(Number),
      eventTime: 1_700_000,
      responderId: "alice",
      requesterId: "alice",
      action: "AgreeAndAdd",
      clientIp: "127.0.0.1",
      platform: "Web",
      requestId: "0a1b",
      code: 0,
      ruleKind: null,
      ruleKey: null,
      observedKey: null,
    };
    expect(await recorded()).toEqual([
      { ...common, applicantId: "bob" },
      {
        ...common,
        applicantId: "spammer",
        code: 38_000,
        ruleKind: "user",
        ruleKey: "user:spammer",
      },
      { ...common, applicantId: "trial", observedKey: "user:trial" },
    ]);
    expect((await recorded({ blocked: "true" })).map(({ applicantId }) => applicantId)).toEqual([
      "spammer",
    ]);
  });

  it.for([
    ["all", ["bob", "spammer", "trial"]],
    ["blocked", ["spammer", "trial"]],
    ["none", []],
  ] as const)(
    "is recorded when RECORD_RESPONSES is %s: %j",
    async ([mode, applicantIds], { expect }) => {
      await env.BLOCKLIST.put("user:spammer", "no");
      await env.BLOCKLIST.put("user:trial", JSON.stringify({ mode: "observe" }));
      const queue = heldQueue();
      await callback(friendResponse("alice", ["bob", "spammer", "trial"]), {
        env: envWith({ RECORD_RESPONSES: mode, FRIEND_EVENTS: queue }),
      });
      expect(queue.messages).toHaveLength(applicantIds.length === 0 ? 0 : 1);
      await deliver(queue.messages);
      expect((await recorded()).map(({ applicantId }) => applicantId)).toEqual(applicantIds);
    },
  );

  it("costs no message when nothing of it is to be recorded", async ({ expect }) => {
    const queue = heldQueue();
    const workerEnv = envWith({ RECORD_RESPONSES: "blocked", FRIEND_EVENTS: queue });
    await callback(friendResponse("alice", ["bob"]), { env: workerEnv });
    await callback(friendResponse("alice", []), {
      env: envWith({ ...ordinary, FRIEND_EVENTS: queue }),
    });
    expect(queue.writes).toBe(0);
  });

  it("is recorded as refused without a rule when the blocklist cannot be read", async ({
    expect,
  }) => {
    const queue = heldQueue();
    await callback(friendResponse("alice", ["bob"]), {
      env: envWith({
        ...ordinary,
        FRIEND_EVENTS: queue,
        BLOCKLIST: { get: async () => Promise.reject(new Error("down")) },
        ON_BLOCKLIST_ERROR: "block",
      }),
    });
    await deliver(queue.messages);
    expect(await recorded()).toMatchObject([{ applicantId: "bob", code: 38_001, ruleKind: null }]);
    expect((await readStats(env.DB, Date.now())).lastHour).toMatchObject({
      refused: 1,
      refusedByKind: { none: 1 },
    });
  });

  it("of thousands in one callback is split into messages, and recorded once each", async ({
    expect,
  }) => {
    const queue = heldQueue();
    const ids = Array.from({ length: 2_000 }, (_, index) => `friend${index}`);
    const { reply } = await callback(friendResponse("alice", [...ids, "friend0"]), {
      env: envWith({ ...ordinary, FRIEND_EVENTS: queue }),
    });
    expect(reply.ResultItem).toHaveLength(2_001);
    expect(queue.messages).toHaveLength(Math.ceil(2_001 / MESSAGE_MAX_RESPONSES));
    await deliver([...queue.messages, ...queue.messages]);
    await deliver(queue.messages);
    const count = await env.DB.prepare("SELECT count(*) AS n FROM friend_responses").first("n");
    expect(count).toBe(2_001);
  });

  it("is recorded whatever its accounts are made of", async ({ expect }) => {
    const queue = heldQueue();
    const odd = ["", "\ud800", "a\0b", "x".repeat(300), "🙂", "'; DROP TABLE friends; --"];
    await callback(friendResponse("\udfff", odd), {
      env: envWith({ ...ordinary, FRIEND_EVENTS: queue }),
    });
    const { acked } = await deliver(queue.messages);
    expect(acked).toEqual([0]);
    expect((await recorded()).map(({ applicantId }) => applicantId)).toEqual([
      "",
      "\ufffd",
      "a\ufffdb",
      "x".repeat(128),
      "🙂",
      "'; DROP TABLE friends; --",
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
    await vi.waitFor(() => expect(send).toHaveBeenCalled());
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

describe("recording", () => {
  it("writes a row for each response, two for a refused one, and none again", async ({
    expect,
  }) => {
    const { binding, count } = countedDb(env.DB);
    const events = [decidedAt(1, { count: 10, refused: 3 }), decidedAt(2, { count: 5 })];
    expect(await recordResponses(binding, events)).toBe(15 + 3);
    expect(await recordResponses(binding, events)).toBe(0);
    expect(count.statements).toBe(2);
  });

  it("of a message without responses is nothing", async ({ expect }) => {
    const { acked } = await deliver([decidedAt(1, { count: 0 })]);
    expect(acked).toEqual([0]);
    expect(await storedDeadLetters()).toEqual([]);
  });

  it("goes beside the friends of the same batch, in a statement of its own", async ({ expect }) => {
    const { binding, count } = countedDb(env.DB);
    const added = {
      v: 2,
      type: "friends-added",
      orderKey: 1_024,
      source: null,
      adminId: null,
      forced: false,
      pairs: [["alice", "bob", null]],
    };
    const { acked } = await deliver([decidedAt(1), added, decidedAt(2)], {
      env: envWith({ DB: binding }),
    });
    expect(acked.sort()).toEqual([0, 1, 2]);
    expect(count.statements).toBe(2);
  });

  it("keeps what the table refuses from holding back the others", async ({ expect }) => {
    const wrong = { ...decidedAt(2), responses: [[0, "bob", "Agree", 5, null, null, null]] };
    const { acked } = await deliver([decidedAt(1), wrong, decidedAt(3)]);
    expect(acked.sort()).toEqual([0, 1, 2]);
    expect((await recorded()).map(({ at }) => at)).toEqual([1, 3]);
    const dead = await env.DB.prepare("SELECT id, reason FROM dead_letters").all();
    expect(dead.results).toEqual([{ id: "1", reason: "refused-by-table" }]);
  });
});

describe("the record", () => {
  it("is read in the order of the decisions, the newest or what comes after", async ({
    expect,
  }) => {
    await recordResponses(env.DB, [
      decidedAt(30),
      decidedAt(10, { count: 2, refused: 1 }),
      decidedAt(20),
    ]);
    const read = (query: Record<string, string>) =>
      readResponses(env.DB, responsesQuery.parse(query));
    const newest = await read({ limit: "2" });
    expect(newest.responses.map(({ at }) => at)).toEqual([20, 30]);
    expect((await read({ after: String(newest.after) })).responses).toEqual([]);
    await recordResponses(env.DB, [decidedAt(40)]);
    const next = await read({ after: String(newest.after) });
    expect(next.responses.map(({ at }) => at)).toEqual([40]);
    expect((await read({ after: "20" })).responses.map(({ at }) => at)).toEqual([20, 30, 40]);
    expect((await read({ after: "0", blocked: "true" })).responses.map(({ at }) => at)).toEqual([
      10,
    ]);
    expect(await read({ after: String(next.after) })).toEqual({ responses: [], after: next.after });
  });

  it("says that nothing is recorded", async ({ expect }) => {
    expect(await readResponses(env.DB, responsesQuery.parse({}))).toEqual({
      responses: [],
      after: null,
    });
  });

  it.for([
    { limit: "10" },
    { limit: "10", after: "50" },
    { limit: "10", blocked: "true" },
    { limit: "10", after: "50", blocked: "true" },
  ])("costs the rows of the page, and no others: %j", async (query, { expect }) => {
    for (let at = 1; at <= 100; at++) {
      await recordResponses(env.DB, [decidedAt(at, { count: 3, refused: 1 })]);
    }
    const { binding, count } = countedDb(env.DB);
    const { responses } = await readResponses(binding, responsesQuery.parse(query));
    expect(responses).toHaveLength(10);
    expect(count.reads).toEqual([10]);
  });

  it.for([{}, { blocked: "true" }])(
    "has the newest of one moment in the order in which they go on: %j",
    async (query, { expect }) => {
      // Whatever index a later migration brings.
      await env.DB.exec("CREATE INDEX later ON friend_responses (at, item) WHERE code <> 0");
      // Two callbacks of one millisecond, that came in no order.
      const options = { count: 3, refused: 3 };
      await recordResponses(env.DB, [decidedAt(10, { ...options, callId: "b" })]);
      await recordResponses(env.DB, [decidedAt(10, { ...options, callId: "a" })]);
      const all = await recorded({ after: "0", ...query });
      expect(all).toHaveLength(6);
      expect(await recorded(query)).toEqual(all);
      for (const limit of [1, 2, 4, 5]) {
        expect(await recorded({ limit: String(limit), ...query })).toEqual(all.slice(-limit));
      }
    },
  );

  it("is kept as long as it is to be, and removed in slices", async ({ expect }) => {
    for (let at = 1; at <= 10; at++) await recordResponses(env.DB, [decidedAt(at)]);
    const slices = { sliceRows: 2, maxSlices: 3 };
    expect(await removeOldResponses(env.DB, { beforeMs: 9, ...slices })).toBe(6);
    expect(await removeOldResponses(env.DB, { beforeMs: 9, ...slices })).toBe(2);
    expect((await recorded()).map(({ at }) => at)).toEqual([9, 10]);
  });

  it("is not looked through again where a slice has found the last of it", async ({ expect }) => {
    for (let at = 1; at <= 3; at++) await recordResponses(env.DB, [decidedAt(at)]);
    const { binding, count } = countedDb(env.DB);
    const bounds = { beforeMs: 9, sliceRows: 2, maxSlices: 50 };
    expect(await removeOldResponses(binding, bounds)).toBe(3);
    expect(count.statements).toBe(2);
  });
});

describe("the stats", () => {
  const NOW = 1_700_000_000_000;
  const HOUR = 3_600_000;

  it("count the last hour and day by the kind of the rule", async ({ expect }) => {
    await recordResponses(env.DB, [
      decidedAt(NOW - 1, { count: 4, refused: 3 }),
      decidedAt(NOW - 2 * HOUR, { count: 2, refused: 1 }),
      decidedAt(NOW - 25 * HOUR, { count: 9, refused: 9 }),
      {
        ...decidedAt(NOW - 2),
        responses: [
          [0, "bob", "Agree", 38_500, "pair", "pair:alice:bob", null],
          [1, "carol", "Agree", 0, null, null, "user:carol"],
        ],
      },
    ]);
    expect(await readStats(env.DB, NOW)).toEqual({
      lastHour: { answered: 6, refused: 4, observed: 1, refusedByKind: { pair: 1, user: 3 } },
      lastDay: { answered: 8, refused: 5, observed: 1, refusedByKind: { pair: 1, user: 4 } },
      truncated: false,
      deadLetters: 0,
      databaseBytes: expect.any(Number),
      backend: { lastHour: {}, lastDay: {} },
    });
  });

  it("read the rows of the day once, and of a long day the newest", async ({ expect }) => {
    await recordResponses(env.DB, [decidedAt(NOW - 1, { count: 1_000 })]);
    const some = countedDb(env.DB);
    await readStats(some.binding, NOW);
    expect(some.count.rowsRead).toBeLessThanOrEqual(1_000 + 10);

    await recordResponses(env.DB, [decidedAt(NOW - 2, { count: 50_001 })]);
    const many = countedDb(env.DB);
    const stats = await readStats(many.binding, NOW);
    expect(stats).toMatchObject({
      truncated: true,
      lastDay: { answered: 50_000 },
    });
    expect(many.count.rowsRead).toBeLessThanOrEqual(50_000 + 10);
  });
});

describe("a data point", () => {
  it("is written for each kind of decision, with the number of them", async ({ expect }) => {
    await env.BLOCKLIST.put("user:spammer", "no");
    await env.BLOCKLIST.put("user:trial", JSON.stringify({ mode: "observe" }));
    const writeDataPoint = vi.fn();
    await callback(friendResponse("alice", ["bob", "carol", "spammer", "trial"]), {
      env: envWith({ METRICS: { writeDataPoint } }),
    });
    const command = "Sns.CallbackPrevFriendResponse";
    const point = (count: number, ...blobs: string[]) => [
      { indexes: [command], blobs: [command, ...blobs], doubles: [expect.any(Number), count] },
    ];
    expect(writeDataPoint.mock.calls).toEqual([
      point(2, "allow", "none", "Web", ""),
      point(1, "block", "user", "Web", "user:spammer"),
      point(1, "observe", "user", "Web", "user:trial"),
    ]);
  });

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
