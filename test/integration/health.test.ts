import { env } from "cloudflare:workers";
import { describe, it, vi } from "vitest";
import { version } from "../../package.json";
import { arrivals } from "../../src/arrivals.ts";
import { noteWritten } from "../../src/blocklist/filter-store.ts";
import { keepFilter } from "../../src/blocklist/keep-filter.ts";
import { insertArrival } from "../../src/db/arrivals.ts";
import { settleDeadLetters, storeDeadLetters } from "../../src/db/dead-letters.ts";
import { storeReconciliation } from "../../src/db/reconciliation.ts";
import { checkAuthenticity } from "../../src/tencent/url.ts";
import { backendOf } from "../support/backend.ts";
import { afterMs } from "../support/clock.ts";
import { boundDatabases, evenly } from "../support/databases.ts";
import { brokenDatabase, faultyDatabase, hanging } from "../support/faults.ts";
import { setTime } from "../support/filter.ts";
import { logLines } from "../support/log.ts";
import { envWith, fetchInFront, fetchWorker } from "../support/worker.ts";

const API_TOKEN = "local-api-token";

type Depth = { depth: number; oldestAgeSeconds: number };
type Figures = { status: string; deadLetters: Depth; queue: Depth | null };

function health(authorization?: string, settings: Record<string, unknown> = { API_TOKEN }) {
  const headers = authorization === undefined ? {} : { Authorization: authorization };
  return fetchWorker(
    new Request("https://callback.example/health", { headers }),
    envWith(settings),
  );
}

/** What every answer with the token has. */
const ORDINARY = {
  callbacks: { lastAt: null, silent: false, signsWrong: false },
  reconciliation: null,
  version: { friendgate: version, deployment: env.CF_VERSION_METADATA.id },
  blocklistMode: "enforce",
  requestRate: "off",
  requestsPerDay: "off",
  blocklistFilter: "off",
};

describe("/health", () => {
  it("tells anybody that the Worker is up, and nothing else", async ({ expect }) => {
    const response = await health();
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "ok" });
  });

  it.for([
    ["a wrong token", "Bearer another", { API_TOKEN }],
    ["another scheme", `Basic ${API_TOKEN}`, { API_TOKEN }],
    ["an empty Authorization", "", { API_TOKEN }],
    ["a token where none is configured", `Bearer ${API_TOKEN}`, {}],
  ] as const)("refuses %s", async ([, authorization, settings], { expect }) => {
    const response = await health(authorization, settings);
    expect(response.status).toBe(401);
    expect(response.headers.get("WWW-Authenticate")).toBe("Bearer");
    expect(response.headers.get("Content-Type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({ title: "Unauthorized", status: 401 });
  });

  it("gives the depth and the age of dead letters to who has the token", async ({ expect }) => {
    const letter = { attempts: 1, reason: "malformed", body: {} } as const;
    await storeDeadLetters(env.DB, [{ ...letter, id: "settled" }], Date.now() - 200_000);
    await storeDeadLetters(env.DB, [{ ...letter, id: "oldest" }], Date.now() - 90_000);
    await storeDeadLetters(env.DB, [{ ...letter, id: "newest" }], Date.now());
    await settleDeadLetters(env.DB, ["settled"], "discarded", Date.now());

    const response = await health(`Bearer ${API_TOKEN}`);
    expect(response.status).toBe(200);
    const { deadLetters, ...rest } = (await response.json()) as Figures;
    expect(deadLetters.depth).toBe(2);
    expect(deadLetters.oldestAgeSeconds).toBeGreaterThanOrEqual(90);
    expect(deadLetters.oldestAgeSeconds).toBeLessThan(120);
    expect(rest).toEqual({
      status: "ok",
      ...ORDINARY,
      queue: { depth: 0, oldestAgeSeconds: 0 },
      blocklistReadable: true,
    });
  });

  it("tells of the filter of the blocklist where it is on", async ({ expect }) => {
    const told = async (nowMs: number) => {
      setTime(nowMs);
      const response = await health(`Bearer ${API_TOKEN}`, { API_TOKEN, BLOCKLIST_FILTER: "true" });
      expect(response.status).toBe(200);
      return (await response.json<{ blocklistFilter: unknown }>()).blocklistFilter;
    };
    const nowMs = Date.now();
    const nothing = { ageSeconds: null, keys: null };
    expect(await told(nowMs)).toEqual({ ...nothing, state: "missing" });
    await env.BLOCKLIST.put("filter", "no spam");
    expect(await told(nowMs)).toEqual({ ...nothing, state: "unreadable" });
    await env.BLOCKLIST.delete("filter");
    await noteWritten(env.BLOCKLIST, ["user:spammer"]);
    expect(await told(nowMs)).toEqual({ ...nothing, state: "missing" });
    await keepFilter(env.BLOCKLIST, nowMs);
    expect(await told(nowMs + 90_900)).toEqual({ ageSeconds: 90, keys: 1, state: "ready" });
    expect(await told(nowMs - 1_000)).toEqual({ ageSeconds: 0, keys: 1, state: "ready" });
    const oldMs = nowMs + 3_600_000;
    expect(await told(oldMs)).toEqual({ ageSeconds: 3_600, keys: 1, state: "old" });
  });

  it("calls the filter unreadable where KV is away", async ({ expect }) => {
    const BLOCKLIST = { get: () => Promise.reject(new Error("away")) };
    const settings = { API_TOKEN, BLOCKLIST_FILTER: "true", BLOCKLIST };
    const response = await health(`Bearer ${API_TOKEN}`, settings);
    expect(await response.json()).toMatchObject({
      blocklistFilter: { ageSeconds: null, keys: null, state: "unreadable" },
    });
  });

  it.for([
    [{ checked: 200_000, missing: 30, extra: 71 }, 0.505],
    [{ checked: 3, missing: 1, extra: 0 }, 333.333],
    [{ checked: 10, missing: 0, extra: 0 }, 0],
    [{ checked: 0, missing: 0, extra: 4 }, 4_000],
  ] as const)(
    "says how far the table was from Tencent's own lists: %j is %d in a thousand",
    async ([counts, driftPerThousand], { expect }) => {
      const finishedAt = Date.now() - 90_000;
      const rest = { startedAt: finishedAt, finishedAt, dryRun: true, users: 5, ...counts };
      await storeReconciliation(env.DB, { ...rest, repaired: 0, skipped: 0, failed: 0 });
      const response = await health(`Bearer ${API_TOKEN}`);
      const { reconciliation } = await response.json<{ reconciliation: { ageSeconds: number } }>();
      expect(reconciliation).toEqual({
        ...{ ageSeconds: expect.any(Number), users: 5, driftPerThousand },
      });
      expect(reconciliation.ageSeconds).toBeGreaterThanOrEqual(90);
      expect(reconciliation.ageSeconds).toBeLessThan(120);
      expect(await (await health()).json()).toEqual({ status: "ok" });
    },
  );

  it("has no age below nothing, where the clock of who compared was ahead", async ({ expect }) => {
    const at = Date.now() + 60_000;
    const nothing = { checked: 0, missing: 0, extra: 0, repaired: 0, skipped: 0, failed: 0 };
    const report = { startedAt: at, finishedAt: at, dryRun: false, users: 0, ...nothing };
    await storeReconciliation(env.DB, report);
    expect(await (await health(`Bearer ${API_TOKEN}`)).json()).toMatchObject({
      reconciliation: { ageSeconds: 0, driftPerThousand: 0 },
    });
  });

  it("gives the backlog that the queue tells", async ({ expect }) => {
    const oldestMessageTimestamp = new Date(Date.now() - 60_000);
    const FRIEND_EVENTS = {
      metrics: async () => ({ backlogCount: 7, backlogBytes: 700, oldestMessageTimestamp }),
    };
    const response = await health(`Bearer ${API_TOKEN}`, { API_TOKEN, FRIEND_EVENTS });
    const { queue } = (await response.json()) as Figures;
    expect(queue?.depth).toBe(7);
    expect(queue?.oldestAgeSeconds).toBeGreaterThanOrEqual(60);
    expect(queue?.oldestAgeSeconds).toBeLessThan(90);
  });

  it("leaves the backlog open where the platform does not tell it", async ({ expect }) => {
    const response = await health(`Bearer ${API_TOKEN}`, { API_TOKEN, FRIEND_EVENTS: {} });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: "ok",
      ...ORDINARY,
      deadLetters: { depth: 0, oldestAgeSeconds: 0 },
      queue: null,
      blocklistReadable: true,
    });
  });

  it("is degraded where one of several databases does not answer, and says which", async ({
    expect,
  }) => {
    const bound = await boundDatabases(3);
    const SHARDS = evenly(Object.keys(bound));
    const healthy = await health(`Bearer ${API_TOKEN}`, { API_TOKEN, ...bound, SHARDS });
    expect(await healthy.json()).toMatchObject({ status: "ok", databasesAway: [] });
    const DB_2 = brokenDatabase("Network connection lost.");
    const response = await health(`Bearer ${API_TOKEN}`, { API_TOKEN, ...bound, SHARDS, DB_2 });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ status: "degraded", databasesAway: ["DB_2"] });
  });

  it.for([
    [{ SHARDS: "DB 0-511" }, /^SHARDS gives slot 512 to no database/],
    [{ DB: undefined }, /^DB is bound to no D1 database/],
  ] as const)(
    "says that it is not known where rows are: %j",
    async ([settings, why], { expect }) => {
      const response = await health(undefined, settings);
      expect(response.status).toBe(500);
      expect(await response.json()).toEqual({ status: "misconfigured" });
      expect(logLines()).toMatchObject([
        { event: "failed", reason: "misconfigured", problems: expect.stringMatching(why) },
      ]);
    },
  );

  it("is degraded where the database does not answer", async ({ expect }) => {
    const DB = brokenDatabase("Network connection lost.");
    const response = await health(`Bearer ${API_TOKEN}`, { API_TOKEN, DB });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ status: "degraded", deadLetters: null });
    expect(await (await health(undefined, { API_TOKEN, DB })).json()).toEqual({ status: "ok" });
  });

  it("is degraded where the blocklist does not answer", async ({ expect }) => {
    const BLOCKLIST = {
      get: async () => {
        throw new Error("KV is down");
      },
    };
    const response = await health(`Bearer ${API_TOKEN}`, { API_TOKEN, BLOCKLIST });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ status: "degraded", blocklistReadable: false });
  });

  it("tells that nothing arrives any more, and that no rule is in force", async ({ expect }) => {
    const hoursAgo = (hours: number) => Date.now() - hours * 3_600_000 - 1_200_000;
    for (let hours = 1; hours <= 24; hours++) await insertArrival(env.DB, hoursAgo(hours));
    const settings = { API_TOKEN, BLOCKLIST_MODE: "observe" };
    const told = async (more: object) =>
      (await health(`Bearer ${API_TOKEN}`, { ...settings, ...more })).json();
    expect(await told({ ALERT_ON_SILENCE: "true" })).toMatchObject({
      status: "ok",
      callbacks: { lastAt: expect.any(Number), silent: true },
      blocklistMode: "observe",
    });
    expect(await told({ ALERT_ON_SILENCE: "false" })).toMatchObject({
      callbacks: { silent: false },
    });
  });

  it.for([
    [{ REQUEST_RATE: env.TEST_RATE, REQUESTS_PER_DAY: "9" }, "observe", "observe"],
    [{ REQUEST_RATE: env.TEST_RATE, REQUEST_RATE_MODE: "enforce" }, "enforce", "off"],
    [{ REQUESTS_PER_DAY: "9", REQUESTS_PER_DAY_MODE: "enforce" }, "off", "enforce"],
  ] as const)(
    "tells which limits there are on friend requests: case %#",
    async ([settings, requestRate, requestsPerDay], { expect }) => {
      const response = await health(`Bearer ${API_TOKEN}`, { API_TOKEN, ...settings });
      expect(await response.json()).toMatchObject({ requestRate, requestsPerDay });
    },
  );

  it("tells that most callbacks fail their Sign", async ({ expect }) => {
    // In ten minutes of its own, for the memory of it is the isolate's.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_000 });
    for (let n = 0; n < 20; n++) arrivals.wrongSign(Date.now());
    const response = await health(`Bearer ${API_TOKEN}`);
    expect(await response.json()).toMatchObject({ status: "ok", callbacks: { signsWrong: true } });
  });

  it("calls nothing older than now, though the queue's clock is ahead", async ({ expect }) => {
    const oldestMessageTimestamp = new Date(Date.now() + 60_000);
    const FRIEND_EVENTS = { metrics: async () => ({ backlogCount: 1, oldestMessageTimestamp }) };
    const response = await health(`Bearer ${API_TOKEN}`, { API_TOKEN, FRIEND_EVENTS });
    const { queue } = (await response.json()) as Figures;
    expect(queue).toEqual({ depth: 1, oldestAgeSeconds: 0 });
  });

  it("answers within a few seconds where every store hangs", async ({ expect }) => {
    vi.useFakeTimers();
    const { begun, operation: metrics } = hanging();
    const request = new Request("https://callback.example/health", {
      headers: { Authorization: `Bearer ${API_TOKEN}` },
    });
    const { response } = fetchInFront(
      request,
      envWith({
        API_TOKEN,
        DB: faultyDatabase(env.DB, () => "hang"),
        FRIEND_EVENTS: { metrics },
        BLOCKLIST: { get: hanging().operation },
        BACKEND: { fetch: hanging().operation },
        BACKEND_CALLBACKS: { metrics: hanging().operation },
      }),
    );
    await begun;
    expect(await afterMs(5_000, response)).toBeInstanceOf(Response);
    expect(await (await response).json()).toEqual({
      status: "degraded",
      ...ORDINARY,
      callbacks: null,
      deadLetters: null,
      queue: null,
      backend: { reachable: false, reason: "late", queue: null },
      blocklistReadable: false,
    });
  });

  describe("with a backend", () => {
    const authorization = `Bearer ${API_TOKEN}`;

    it("asks it what the console's URL check asks", async ({ expect }) => {
      const BACKEND = backendOf(() => new Response("", { status: 403 }));
      const response = await health(authorization, { API_TOKEN, BACKEND });
      expect(await response.json()).toMatchObject({
        status: "ok",
        backend: { reachable: true, status: 403, queue: { depth: 0, oldestAgeSeconds: 0 } },
      });
      const [asked] = BACKEND.asked;
      expect(asked?.body).toBe("{}");
      const query = new URL(asked?.url ?? "").searchParams;
      expect([...query.keys()]).toEqual(["SdkAppid", "contenttype", "RequestTime", "Sign"]);
      const proof = { sign: query.get("Sign") ?? "", requestTime: query.get("RequestTime") ?? "" };
      const tokens = { current: "local-callback-token" };
      expect(await checkAuthenticity(proof, tokens, Date.now())).toMatchObject({ authentic: true });
    });

    it("is degraded where it is not reached, and shows what waits", async ({ expect }) => {
      const BACKEND = backendOf(() => Promise.reject(new TypeError("refused")));
      const BACKEND_CALLBACKS = { metrics: async () => ({ backlogCount: 3 }) };
      const settings = { API_TOKEN, BACKEND, BACKEND_CALLBACKS };
      const response = await health(authorization, settings);
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({
        status: "degraded",
        backend: { reachable: false, reason: "unreachable", queue: { depth: 3 } },
      });
    });

    it("says where it is friendgate itself", async ({ expect }) => {
      const BACKEND = {
        fetch: (request: Request) => fetchInFront(request, envWith({ BACKEND })).response,
      };
      const response = await health(authorization, { API_TOKEN, BACKEND });
      expect(await response.json()).toMatchObject({
        backend: { reachable: false, reason: "loop" },
      });
    });

    it("asks it for nobody who has no token", async ({ expect }) => {
      const BACKEND = backendOf(() => new Response(""));
      expect(await (await health(undefined, { API_TOKEN, BACKEND })).json()).toEqual({
        status: "ok",
      });
      await health("Bearer another", { API_TOKEN, BACKEND });
      expect(BACKEND.asked).toEqual([]);
    });
  });

  it("says that the deployment is not configured", async ({ expect }) => {
    const response = await health(undefined, { DEAD_LETTER_DAYS: "0" });
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ status: "misconfigured" });
  });

  it("names in the log, and only there, what is wrong with the configuration", async ({
    expect,
  }) => {
    await health(undefined, { SDK_APP_ID: "x", DEAD_LETTER_DAYS: "0" });
    expect(logLines()).toEqual([
      {
        event: "failed",
        reason: "misconfigured",
        problems:
          "SDK_APP_ID must be the digits of your app's SDKAppID, as the IM console shows them; " +
          "DEAD_LETTER_DAYS must be a whole number of days from 1 to 3650",
      },
    ]);
  });

  it("goes on without an optional secret that is wrong, and says so in the log", async ({
    expect,
  }) => {
    const response = await health(undefined, { API_TOKEN: "with space" });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "ok" });
    expect(logLines()).toEqual([
      {
        event: "failed",
        reason: "misconfigured",
        problems: "API_TOKEN must be printable ASCII without spaces; it counts as not set",
      },
    ]);
  });

  it.for([undefined, `Bearer ${API_TOKEN}`, "Bearer another"])(
    "is never kept by a cache, asked with %s",
    async (authorization, { expect }) => {
      const response = await health(authorization);
      expect(response.headers.get("Cache-Control")).toBe("no-store");
    },
  );
});
