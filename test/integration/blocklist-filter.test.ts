import { createScheduledController } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, it } from "vitest";
import { type FilterStore, noteWritten, readFilter } from "../../src/blocklist/filter-store.ts";
import { keepFilter } from "../../src/blocklist/keep-filter.ts";
import worker from "../../src/index.ts";
import { FILTER_LISTS_PER_RUN, FILTER_MAX_KEYS } from "../../src/limits.ts";
import { askAs, MODERATOR_TOKEN } from "../support/console.ts";
import { boundKv, isolatesKv, listingBy, made, setTime } from "../support/filter.ts";
import { logLines } from "../support/log.ts";
import { callbackRequest, friendRequest, QUESTIONS } from "../support/tencent.ts";
import { callback, deliver, envWith, fetchInFront, heldQueue } from "../support/worker.ts";

const NOW_MS = Date.now();
const MINUTE_MS = 60_000;
beforeEach(() => setTime(NOW_MS));

/** What is answered, and what was read of the blocklist meanwhile. */
function isolate(settings: Record<string, unknown> = {}, overrides: Partial<KVNamespace> = {}) {
  const { kv, count } = isolatesKv(overrides);
  const workerEnv = envWith({ BLOCKLIST_FILTER: "true", ...settings, BLOCKLIST: kv });
  return {
    async asks(body: object) {
      const before = { ...count };
      const { reply } = await callback(body, { env: workerEnv });
      return {
        codes: reply.ResultItem?.map(({ ResultCode }) => ResultCode),
        operations: count.operations - before.operations,
        keys: count.keys - before.keys,
      };
    },
    env: workerEnv,
    count,
  };
}

const failed = () => logLines().filter(({ event }) => event === "failed");
const filtered = () => logLines().filter(({ event }) => event === "filtered");

describe.for(QUESTIONS)("a friend $what where BLOCKLIST_FILTER is on", ({ ask }) => {
  it("reads no key when it concerns nobody on a list, and the filter is there", async ({
    expect,
  }) => {
    await env.BLOCKLIST.put("user:spammer", "no");
    await made();
    const { asks } = isolate();
    // Keys are read as ever meanwhile, and nobody waits.
    expect(await asks(ask("alice", ["bob"]))).toEqual({ codes: [0], operations: 2, keys: 4 });
    expect(await asks(ask("alice", ["bob"]))).toEqual({ codes: [0], operations: 0, keys: 0 });
    expect(await asks(ask("carol", ["dave", "erin"]))).toMatchObject({ codes: [0, 0], keys: 0 });
  });

  it("reads the keys that the filter has, and no other", async ({ expect }) => {
    await env.BLOCKLIST.put("user:spammer", "no");
    await env.BLOCKLIST.put("pair:alice:spammer", '{"mode":"allow"}');
    await made();
    const { asks } = isolate();
    await asks(ask("alice", ["bob"]));
    expect(await asks(ask("carol", ["spammer", "bob"]))).toEqual({
      ...{ codes: [38_000, 0], operations: 1, keys: 1 },
    });
  });

  it("reads what is removed until the next listing, and decides without it", async ({ expect }) => {
    await env.BLOCKLIST.put("user:spammer", "no");
    await made();
    const { asks } = isolate();
    await asks(ask("alice", ["bob"]));
    await env.BLOCKLIST.delete("user:spammer");
    expect(await asks(ask("alice", ["spammer"]))).toMatchObject({ codes: [0], keys: 1 });
  });

  it("reads the filter once a minute", async ({ expect }) => {
    await made();
    const { asks, count } = isolate();
    for (const [seconds, keys] of [
      [0, 4],
      [1, 0],
      [59, 0],
      [60, 4],
      [61, 0],
      [120, 4],
    ] as const) {
      setTime(NOW_MS + seconds * 1_000);
      expect(await asks(ask("alice", ["bob"])), `after ${seconds} s`).toMatchObject({ keys });
    }
    expect(count.keys).toBe(12);
  });

  it("reads it once for all that come at the same time", async ({ expect }) => {
    await made();
    const { env: workerEnv, count } = isolate();
    const all = Array.from({ length: 10 }, () =>
      callback(ask("alice", ["bob"]), { env: workerEnv }),
    );
    await Promise.all(all);
    expect(count.keys).toBe(10 * 3 + 1);
  });

  it("is answered while the filter is read", async ({ expect }) => {
    await env.BLOCKLIST.put("user:spammer", "no");
    const { get } = boundKv();
    const { env: workerEnv } = isolate(
      {},
      {
        get: ((keys: string[], type: "text") =>
          Array.isArray(keys) ? get(keys, type) : new Promise(() => {})) as KVNamespace["get"],
      },
    );
    const request = await callbackRequest(ask("alice", ["spammer"]));
    const response = await fetchInFront(request, workerEnv).response;
    expect(await response.json()).toMatchObject({ ResultItem: [{ ResultCode: 38_000 }] });
  });

  it.for([
    ["is not there", () => env.BLOCKLIST.delete("filter")],
    ["cannot be read", () => env.BLOCKLIST.put("filter", "no spam")],
    ["is too old", () => setTime(NOW_MS + 17 * MINUTE_MS)],
    ["is of the future", () => setTime(NOW_MS - 2 * MINUTE_MS)],
    [
      "is incomplete",
      () =>
        noteWritten(
          env.BLOCKLIST,
          Array.from({ length: 11_000 }, (_, n) => `user:${n}`),
        ),
    ],
  ] as const)("reads all keys where the filter %s", async ([, breakIt], { expect }) => {
    await made();
    await env.BLOCKLIST.put("user:spammer", "no");
    await breakIt();
    const { asks } = isolate();
    for (const keys of [4, 3, 3]) {
      expect(await asks(ask("alice", ["spammer"]))).toMatchObject({ codes: [38_000], keys });
    }
    expect(failed()).toEqual([]);
  });

  it("reads all keys for a minute where the filter could not be read, and says so", async ({
    expect,
  }) => {
    await made();
    const { get } = boundKv();
    let isBroken = true;
    const { asks } = isolate(
      {},
      {
        get: ((keys: string | string[], type: "text") =>
          isBroken && keys === "filter"
            ? Promise.reject(new TypeError("away: filter"))
            : get(keys as string[], type)) as KVNamespace["get"],
      },
    );
    for (const keys of [4, 3]) {
      expect(await asks(ask("alice", ["bob"]))).toMatchObject({ codes: [0], keys });
    }
    expect(failed()).toMatchObject([{ reason: "filter-not-read", error: "TypeError" }]);
    expect(failed()).toHaveLength(1);
    isBroken = false;
    setTime(NOW_MS + MINUTE_MS);
    expect(await asks(ask("alice", ["bob"]))).toMatchObject({ keys: 4 });
    expect(await asks(ask("alice", ["bob"]))).toMatchObject({ keys: 0 });
  });

  it("is decided by the filter where KV is away", async ({ expect }) => {
    await env.BLOCKLIST.put("user:spammer", "no");
    await made();
    const { get } = boundKv();
    let isAway = false;
    const { asks } = isolate(
      { ON_BLOCKLIST_ERROR: "block" },
      {
        get: ((keys: string | string[], type: "text") =>
          isAway
            ? Promise.reject(new Error("away"))
            : get(keys as string[], type)) as KVNamespace["get"],
      },
    );
    await asks(ask("alice", ["bob"]));
    isAway = true;
    expect(await asks(ask("alice", ["bob", "spammer"]))).toMatchObject({ codes: [0, 38_001] });
  });

  it("is decided by ON_BLOCKLIST_ERROR where no namespace is bound", async ({ expect }) => {
    const settings = {
      BLOCKLIST_FILTER: "true",
      BLOCKLIST: undefined,
      ON_BLOCKLIST_ERROR: "block",
    };
    const { reply } = await callback(ask("alice", ["bob"]), { env: envWith(settings) });
    expect(reply).toMatchObject({ ActionStatus: "OK", ResultItem: [{ ResultCode: 38_001 }] });
  });

  it("reads and writes nothing of a filter where it is off", async ({ expect }) => {
    await made();
    await env.BLOCKLIST.put("user:spammer", "no");
    for (const BLOCKLIST_FILTER of [undefined, "", "false"]) {
      const { asks } = isolate({ BLOCKLIST_FILTER });
      for (const _ of [1, 2]) {
        expect(await asks(ask("alice", ["spammer"]))).toEqual({
          ...{ codes: [38_000], operations: 1, keys: 3 },
        });
      }
    }
  });
});

describe("keys that are written", () => {
  it("are read when the filter is read next, before there is another listing", async ({
    expect,
  }) => {
    await made();
    const { asks } = isolate();
    const [{ ask }] = QUESTIONS;
    await asks(ask("alice", ["bob"]));
    await noteWritten(env.BLOCKLIST, ["user:spammer"]);
    await env.BLOCKLIST.put("user:spammer", "no");
    setTime(NOW_MS + MINUTE_MS);
    expect(await asks(ask("alice", ["spammer"]))).toMatchObject({ codes: [38_000] });
    expect(await asks(ask("alice", ["spammer"]))).toMatchObject({ codes: [38_000], keys: 1 });
  });

  it("cost nothing where there are none, and no write where the filter has them", async ({
    expect,
  }) => {
    await env.BLOCKLIST.put("user:spammer", "no");
    await made();
    const asked: string[] = [];
    const kv = boundKv();
    const store: FilterStore = {
      get(key, type) {
        asked.push("get");
        return kv.get(key, type);
      },
      put(key, value) {
        asked.push("put");
        return kv.put(key, value);
      },
    };
    await noteWritten(store, []);
    expect(asked).toEqual([]);
    await noteWritten(store, ["user:spammer"]);
    expect(asked).toEqual(["get"]);
    await noteWritten(store, ["user:other"]);
    expect(asked).toEqual(["get", "get", "put"]);
  });

  it("are in the filter that a listing makes which did not see them", async ({ expect }) => {
    const keys = Array.from({ length: 5 }, (_, index) => `user:${index}`);
    for (const key of keys) await env.BLOCKLIST.put(key, "no");
    // The first page is not listed again, and the rule would be on it.
    const key = "pair:00:alice";
    let lists = 0;
    const kv = listingBy(2, 0, async () => {
      lists += 1;
      if (lists > 1) return;
      await noteWritten(env.BLOCKLIST, [key]);
      await env.BLOCKLIST.put(key, "no");
    });
    await keepFilter(kv, NOW_MS);
    expect(lists).toBe(3);
    expect(await readFilter(env.BLOCKLIST)).toMatchObject({ keys: 6, isComplete: true });
    const { asks } = isolate();
    for (const _ of [1, 2]) {
      expect(await asks(friendRequest("alice", ["00"]))).toMatchObject({ codes: [38_000] });
    }
  });
});

describe("the filter is made", () => {
  const putRules = async (count: number) => {
    for (let index = 0; index < count; index += 1) await env.BLOCKLIST.put(`user:${index}`, "no");
  };

  it("of all rules, and of nothing else", async ({ expect }) => {
    await putRules(3);
    await env.BLOCKLIST.put("filter-listing", "no listing");
    await made();
    await made(NOW_MS + 5 * MINUTE_MS);
    expect(await readFilter(env.BLOCKLIST)).toMatchObject({
      ...{ keys: 3, isComplete: true, madeMs: NOW_MS + 5 * MINUTE_MS },
    });
    // Of a listing that has come to its end, nothing is kept but when it was.
    const listing = await env.BLOCKLIST.get("filter-listing", "arrayBuffer");
    expect(listing?.byteLength).toBeLessThan(60);
    const bytes = expect.any(Number);
    const line = { event: "filtered", state: "ready", keys: 3, lists: 1, bytes };
    expect(logLines()).toEqual([line, line]);
  });

  it("every five minutes, and not sooner", async ({ expect }) => {
    for (const minutes of [0, 1, 4, 5, 6, 10]) await made(NOW_MS + minutes * MINUTE_MS);
    expect(filtered()).toHaveLength(3);
    expect(await readFilter(env.BLOCKLIST)).toMatchObject({ madeMs: NOW_MS + 10 * MINUTE_MS });
  });

  it("no sooner, whatever somebody has made of it since", async ({ expect }) => {
    await putRules(1);
    await made();
    const old = await env.BLOCKLIST.get("filter", "arrayBuffer");
    await made(NOW_MS + 5 * MINUTE_MS);
    for (const value of [old as ArrayBuffer, "no spam"]) {
      await env.BLOCKLIST.put("filter", value);
      await made(NOW_MS + 10 * MINUTE_MS - 1);
    }
    await env.BLOCKLIST.delete("filter");
    await made(NOW_MS + 10 * MINUTE_MS - 1);
    expect(filtered()).toHaveLength(2);
    await made(NOW_MS + 10 * MINUTE_MS);
    expect(filtered()).toHaveLength(3);
    expect(await readFilter(env.BLOCKLIST)).toMatchObject({ keys: 1, isComplete: true });
  });

  it("by as many runs as it takes, and the one before stays until then", async ({ expect }) => {
    await made();
    await putRules(7);
    const dueMs = NOW_MS + 5 * MINUTE_MS;
    setTime(dueMs);
    // Each list takes half a run.
    const kv = listingBy(2, 20_001);
    for (const _ of [1, 2]) {
      await keepFilter(kv, Date.now());
      expect(await readFilter(env.BLOCKLIST)).toMatchObject({ keys: 0, madeMs: NOW_MS });
    }
    await keepFilter(kv, Date.now());
    expect(await readFilter(env.BLOCKLIST)).toMatchObject({ keys: 7, madeMs: dueMs });
    expect(filtered().slice(1)).toMatchObject([
      // The filter's own two keys are listed, too, and left out.
      { state: "listing", keys: 2, lists: 2 },
      { state: "listing", keys: 6, lists: 2 },
      { state: "ready", keys: 7, lists: 1 },
    ]);
    await keepFilter(kv, Date.now());
    expect(filtered()).toHaveLength(4);
  });

  it(`with no more than ${FILTER_LISTS_PER_RUN} lists in a run`, async ({ expect }) => {
    let lists = 0;
    const page = { keys: [{ name: "user:a" }], list_complete: false, cursor: "more" };
    const list = async () => {
      lists += 1;
      return page;
    };
    await keepFilter({ ...boundKv(), list } as unknown as KVNamespace, NOW_MS);
    expect(lists).toBe(FILTER_LISTS_PER_RUN);
  });

  it("from the beginning where nobody went on for an hour", async ({ expect }) => {
    await putRules(7);
    const kv = listingBy(2, 20_001);
    await keepFilter(kv, Date.now());
    await env.BLOCKLIST.delete("user:0");
    setTime(NOW_MS + 60 * MINUTE_MS);
    await keepFilter(kv, Date.now());
    await keepFilter(kv, Date.now());
    expect(await readFilter(env.BLOCKLIST)).toMatchObject({
      ...{ keys: 6, madeMs: NOW_MS + 60 * MINUTE_MS },
    });
  });

  it("of no more than 2,000,000 keys; of more it says so, and keys are read", async ({
    expect,
  }) => {
    const keys = Array.from({ length: 1_000_001 }, (_, index) => ({ name: `user:${index}` }));
    let lists = 0;
    const list = async () => {
      lists += 1;
      return { keys, list_complete: false, cursor: "more" };
    };
    await env.BLOCKLIST.put("user:spammer", "no");
    await keepFilter({ ...boundKv(), list } as unknown as KVNamespace, NOW_MS);
    expect(lists).toBe(2);
    expect(failed()).toEqual([
      { event: "failed", reason: "filter-too-large", keys: 2 * keys.length, lists: 2 },
    ]);
    expect(await readFilter(env.BLOCKLIST)).toMatchObject({ isComplete: false });
    const { asks } = isolate();
    const [{ ask }] = QUESTIONS;
    for (const codes of [[38_000], [38_000]]) {
      expect(await asks(ask("alice", ["spammer"]))).toMatchObject({ codes });
    }
    // As often as so many keys may be listed, and be there a filter or not.
    await made(NOW_MS + 144 * MINUTE_MS);
    expect(await readFilter(env.BLOCKLIST)).toMatchObject({ isComplete: false });
    await env.BLOCKLIST.delete("filter");
    await made(NOW_MS + 144 * MINUTE_MS);
    expect(await readFilter(env.BLOCKLIST)).toBe("missing");
    await made(NOW_MS + 145 * MINUTE_MS);
    expect(await readFilter(env.BLOCKLIST)).toMatchObject({ isComplete: true, keys: 1 });
    expect(FILTER_MAX_KEYS).toBe(2_000_000);
  });

  it("the next time, where it failed; and says that it did", async ({ expect }) => {
    const list = () => Promise.reject(new TypeError("user:spammer"));
    await keepFilter({ ...boundKv(), list } as unknown as KVNamespace, NOW_MS);
    expect(logLines()).toEqual([
      { event: "failed", reason: "filter-not-made", error: "TypeError" },
    ]);
    await made();
    expect(await readFilter(env.BLOCKLIST)).toMatchObject({ isComplete: true });
  });
});

describe("the cron of every minute", () => {
  const run = (cron: string, settings: Record<string, unknown>) =>
    worker.scheduled(
      createScheduledController({ scheduledTime: new Date(NOW_MS), cron }),
      envWith(settings),
    );

  it("makes the filter, and cleans nothing up", async ({ expect }) => {
    await run("* * * * *", { BLOCKLIST_FILTER: "true" });
    expect(logLines().map(({ event }) => event)).toEqual(["filtered"]);
  });

  it.for([
    ["another cron fires", "23 * * * *", { BLOCKLIST_FILTER: "true" }],
    ["the filter is off", "* * * * *", {}],
    ["the filter is off", "23 * * * *", { BLOCKLIST_FILTER: "false" }],
  ] as const)(
    "leaves the filter alone and cleans up where %s: %s %j",
    async ([, cron, settings], { expect }) => {
      await run(cron, settings);
      expect(new Set(logLines().map(({ event }) => event))).toEqual(new Set(["cleaned-up"]));
      expect(await readFilter(env.BLOCKLIST)).toBe("missing");
    },
  );
});

describe("a rule of the daily limit", () => {
  const settings = {
    ...{ REQUESTS_PER_DAY: "1", REQUESTS_PER_DAY_MODE: "enforce", RECORD_RESPONSES: "none" },
    BLOCKLIST_FILTER: "true",
  };

  /** Two requests of a spammer, and what the consumer does about them. */
  async function spam(overrides: Partial<KVNamespace> = {}) {
    const FRIEND_EVENTS = heldQueue();
    const { asks, env: workerEnv } = isolate({ ...settings, FRIEND_EVENTS }, overrides);
    await asks(friendRequest("spammer", ["a", "b"]));
    await deliver(FRIEND_EVENTS.messages, { env: workerEnv });
    return asks;
  }

  it("is in the filter before it is there", async ({ expect }) => {
    await made();
    const { put } = boundKv();
    const written: string[] = [];
    const asks = await spam({
      put: ((key: string, value: string) => {
        written.push(key);
        return put(key, value);
      }) as KVNamespace["put"],
    });
    expect(written).toEqual(["filter", "applicant:spammer"]);
    setTime(NOW_MS + MINUTE_MS);
    for (const _ of [1, 2]) {
      expect(await asks(friendRequest("spammer", ["c"]))).toMatchObject({ codes: [38_000] });
    }
    expect(failed()).toEqual([]);
  });

  it("is there all the same where the filter cannot be written, which is told", async ({
    expect,
  }) => {
    await made();
    const { put } = boundKv();
    await spam({
      put: ((key: string, value: string) =>
        key === "filter"
          ? Promise.reject(new Error("429"))
          : put(key, value)) as KVNamespace["put"],
    });
    expect(failed()).toEqual([
      { event: "failed", reason: "filter-not-written", rules: 1, error: "Error" },
    ]);
    expect(await env.BLOCKLIST.get("applicant:spammer")).not.toBeNull();
  });

  it("writes no filter where it is off", async ({ expect }) => {
    const FRIEND_EVENTS = heldQueue();
    const workerEnv = envWith({ ...settings, BLOCKLIST_FILTER: "false", FRIEND_EVENTS });
    await callback(friendRequest("spammer", ["a", "b"]), { env: workerEnv });
    await deliver(FRIEND_EVENTS.messages, { env: workerEnv });
    expect(await env.BLOCKLIST.get("applicant:spammer")).not.toBeNull();
    expect(await readFilter(env.BLOCKLIST)).toBe("missing");
  });
});

describe("a rule that is put by /v1", () => {
  const put = (kv: KVNamespace, settings = {}) =>
    askAs({ Authorization: `Bearer ${MODERATOR_TOKEN}` }, "/v1/blocklist/user:spammer", {
      method: "PUT",
      body: { reason: "no" },
      env: { BLOCKLIST: kv, BLOCKLIST_FILTER: "true", ...settings },
    });

  it("is in the filter before it is there", async ({ expect }) => {
    await made();
    const kv = boundKv();
    const written: string[] = [];
    const noted: KVNamespace["put"] = async (key: string, value: never) => {
      written.push(key);
      await kv.put(key, value);
    };
    const response = await put({ ...kv, put: noted } as KVNamespace);
    // KV's minute, and that in which an isolate holds the filter.
    expect(await response.json()).toMatchObject({ visibleWithinSeconds: 120 });
    expect(written).toEqual(["filter", "user:spammer"]);
    const { asks } = isolate();
    await asks(friendRequest("spammer", ["alice"]));
    expect(await asks(friendRequest("spammer", ["alice"]))).toMatchObject({ codes: [38_000] });
  });

  it("is stored, and told, where the filter cannot be written", async ({ expect }) => {
    await made();
    const kv = boundKv();
    const broken: KVNamespace["put"] = async (key: string, value: never) => {
      if (key === "filter") throw new TypeError("429");
      await kv.put(key, value);
    };
    expect((await put({ ...kv, put: broken } as KVNamespace)).status).toBe(200);
    expect(await env.BLOCKLIST.get("user:spammer")).toBe("no");
    expect(failed()).toMatchObject([
      { reason: "filter-not-written", rules: 1, error: "TypeError" },
    ]);
  });

  it("leaves the filter alone where it is off", async ({ expect }) => {
    const response = await put(boundKv(), { BLOCKLIST_FILTER: "false" });
    expect(await response.json()).toMatchObject({ visibleWithinSeconds: 60 });
    expect(await env.BLOCKLIST.get("filter")).toBeNull();
  });
});
