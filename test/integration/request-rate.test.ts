import { env } from "cloudflare:workers";
import { beforeEach, describe, it, vi } from "vitest";
import { readStats } from "../../src/api/stats.ts";
import { afterMs } from "../support/clock.ts";
import { countedKv } from "../support/counted.ts";
import { oneDatabase } from "../support/databases.ts";
import { hanging } from "../support/faults.ts";
import { logLines } from "../support/log.ts";
import { callbackRequest, friendRequest, friendResponse } from "../support/tencent.ts";
import { callback, deliver, envWith, fetchInFront, heldQueue } from "../support/worker.ts";

const INFO = "Too many friend requests. Try again later.";
/** Three requests a minute are within the rate. */
const enforced = { REQUEST_RATE: env.TEST_RATE, REQUEST_RATE_MODE: "enforce" };

/** The limiter outlives a test, and remembers everybody for a minute. */
let applicant: string;
beforeEach(async () => {
  applicant = crypto.randomUUID();
  // Its minutes are the clock's: none may end within a test.
  const left = 60_000 - (Date.now() % 60_000);
  if (left < 10_000) await scheduler.wait(left);
});

const ids = (count: number) => Array.from({ length: count }, (_, place) => `friend${place}`);

async function codes(body: object, settings: Record<string, unknown> = {}) {
  const { reply } = await callback(body, { env: envWith({ ...enforced, ...settings }) });
  return reply.ResultItem?.map(({ ResultCode }) => ResultCode);
}

/** A limiter that lets so many through, and notes what it is asked. */
function limiter(limit: number) {
  const keys: string[] = [];
  return {
    keys,
    limit: async ({ key }: { key: string }) => {
      keys.push(key);
      return { success: keys.length <= limit };
    },
  };
}

describe("friend requests over the rate", () => {
  it("are refused, callback by callback", async ({ expect }) => {
    for (const to of ids(3)) expect(await codes(friendRequest(applicant, [to]))).toEqual([0]);
    const { reply } = await callback(friendRequest(applicant, ["friend3"]), {
      env: envWith(enforced),
    });
    expect(reply).toMatchObject({
      ActionStatus: "OK",
      ErrorCode: 0,
      ResultItem: [{ To_Account: "friend3", ResultCode: 38_000, ResultInfo: INFO }],
    });
    expect(await codes(friendRequest(`${applicant}2`, ["friend3"]))).toEqual([0]);
  });

  it("are refused item by item, and each counts as one", async ({ expect }) => {
    expect(await codes(friendRequest(applicant, ids(5)))).toEqual([0, 0, 0, 38_000, 38_000]);
  });

  it.for([
    ["nothing else is said", { REQUEST_RATE_MODE: undefined }],
    ["REQUEST_RATE_MODE says observe", { REQUEST_RATE_MODE: "observe" }],
    ["BLOCKLIST_MODE says observe", { BLOCKLIST_MODE: "observe" }],
  ] as const)("pass where %s, and are told", async ([, settings], { expect }) => {
    expect(await codes(friendRequest(applicant, ids(5)), settings)).toEqual([0, 0, 0, 0, 0]);
    expect(logLines()).toMatchObject([
      { event: "decided", items: 5, refused: 0, observed: 2, observedCodes: "38000" },
    ]);
  });

  it.for(["user:friend4", "ip:127.0.0.1", "pair:friend4:"])(
    "pass where %s is an exception",
    async (key, { expect }) => {
      await env.BLOCKLIST.put(
        key.startsWith("pair") ? `${key}${applicant}` : key,
        '{"mode":"allow"}',
      );
      const answer = await codes(friendRequest(applicant, ids(5)), {
        BLOCKLIST_KINDS: "pair,user,ip",
      });
      expect(answer?.[4]).toBe(0);
    },
  );

  it("are recorded, counted and measured as the rate's", async ({ expect }) => {
    const queue = heldQueue();
    const points: { blobs: string[]; doubles: number[] }[] = [];
    await codes(friendRequest(applicant, ids(5)), {
      RECORD_RESPONSES: "blocked",
      FRIEND_EVENTS: queue,
      METRICS: { writeDataPoint: (point: (typeof points)[0]) => points.push(point) },
    });
    await deliver(queue.messages);
    const { results } = await env.DB.prepare(
      "SELECT responder_id, code, rule_kind, rule_key, observed_key FROM friend_requests",
    ).all();
    const refused = { code: 38_000, rule_kind: "rate", rule_key: "rate", observed_key: null };
    expect(results).toEqual([
      { responder_id: "friend3", ...refused },
      { responder_id: "friend4", ...refused },
    ]);
    const { requests } = await readStats(oneDatabase(), Date.now());
    expect(requests.lastHour).toMatchObject({ refused: 2, refusedByKind: { rate: 2 } });
    expect(points.map(({ blobs, doubles }) => [...blobs.slice(1), doubles[1]])).toEqual([
      ["allow", "none", "Web", "", 3],
      ["block", "rate", "Web", "rate", 2],
    ]);
  });
});

describe("the rate", () => {
  it("counts for this app, and by the user who sends the requests", async ({ expect }) => {
    const REQUEST_RATE = limiter(9);
    await codes(friendRequest("a:b", ["c"]), { REQUEST_RATE });
    expect(REQUEST_RATE.keys).toEqual(["1400000000:applicant:a%3Ab"]);
  });

  it("asks no more often than it is high, however many items come", async ({ expect }) => {
    const REQUEST_RATE = limiter(20);
    await codes(friendRequest(applicant, ids(5_000)), { REQUEST_RATE });
    expect(REQUEST_RATE.keys).toHaveLength(21);
  });

  it.for([
    ["a friend response", friendResponse("alice", ["bob"])],
    ["a request of nobody", friendRequest("", ["bob"])],
    ["a request of whoever no rule can name", friendRequest("x".repeat(129), ["bob"])],
    ["a request to nobody", friendRequest("alice", [])],
  ] as const)("does not count %s", async ([, body], { expect }) => {
    const REQUEST_RATE = limiter(0);
    expect((await codes(body, { REQUEST_RATE }))?.every((code) => code === 0)).toBe(true);
    expect(REQUEST_RATE.keys).toEqual([]);
  });

  it("costs no read of the blocklist", async ({ expect }) => {
    const kv = countedKv(env.BLOCKLIST);
    await codes(friendRequest(applicant, ["bob"]), { BLOCKLIST: kv.binding });
    expect(kv.count).toEqual({ operations: 1, keys: 3 });
  });

  it.for([
    [
      "throws",
      () => {
        throw new RangeError("secret");
      },
      "RangeError",
    ],
    ["rejects", () => Promise.reject(new TypeError("secret")), "TypeError"],
    ["is slow", () => new Promise(() => {}), "timeout"],
  ] as const)(
    "refuses nobody where the limiter %s, and is told once",
    async ([, limit, told], { expect }) => {
      await env.BLOCKLIST.put("user:friend1", "no");
      const answer = await codes(friendRequest(applicant, ids(5)), {
        REQUEST_RATE: { limit },
        BLOCKLIST_TIMEOUT_MS: "20",
      });
      // The rules hold all the same.
      expect(answer).toEqual([0, 38_000, 0, 0, 0]);
      expect(logLines().filter(({ event }) => event === "failed")).toEqual([
        expect.objectContaining({ reason: "rate-not-read", limiter: told }),
      ]);
      expect(JSON.stringify(logLines())).not.toContain("secret");
    },
  );

  it("is asked no more once the time is over", async ({ expect }) => {
    vi.useFakeTimers();
    const first = hanging();
    let asked = 0;
    const { promise: late, resolve } = Promise.withResolvers<{ success: boolean }>();
    const limit = () => {
      asked += 1;
      first.operation();
      return late;
    };
    const { response } = fetchInFront(
      await callbackRequest(friendRequest(applicant, ids(5))),
      envWith({ ...enforced, REQUEST_RATE: { limit } }),
    );
    await first.begun;
    expect(await afterMs(1_200, response)).toBeInstanceOf(Response);
    resolve({ success: true });
    await vi.advanceTimersByTimeAsync(1);
    expect(asked).toBe(1);
  });
});
