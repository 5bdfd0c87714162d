import { env } from "cloudflare:workers";
import { describe, it, vi } from "vitest";
import { readStats } from "../../src/api/stats.ts";
import { type Breaker, createBreaker } from "../../src/backend/breaker.ts";
import { readConfig } from "../../src/config.ts";
import { deliver as deliverBatch } from "../../src/consumer/deliver.ts";
import { type KeptCallback, textOf } from "../../src/events/callback.ts";
import { checkAuthenticity } from "../../src/tencent/url.ts";
import { type AtBackend, backendOf, keptCallback, OLD_TIME } from "../support/backend.ts";
import { afterMs, until } from "../support/clock.ts";
import { oneDatabase } from "../support/databases.ts";
import { brokenDatabase, faultyDatabase } from "../support/faults.ts";
import { logLines } from "../support/log.ts";
import { TOKEN } from "../support/tencent.ts";
import { deliver, envWith, storedDeadLetters } from "../support/worker.ts";

/** Hands callbacks to the consumer with a breaker of their own. What became of each, in their order. */
async function handOver(
  callbacks: readonly KeptCallback[],
  settings: Record<string, unknown>,
  { attempts = 1 as number | number[], breaker = createBreaker() as Breaker, db = env.DB } = {},
): Promise<string[]> {
  const workerEnv = envWith(settings);
  const configured = readConfig(workerEnv);
  if (!configured.ok) throw new Error(configured.problems.join());
  const became = callbacks.map(() => "nothing");
  const messages = callbacks.map((_, index) => ({
    attempts: typeof attempts === "number" ? attempts : attempts[index],
    ack: () => {
      became[index] = "acked";
    },
  })) as unknown as Message[];
  await deliverBatch(
    callbacks.map((callback, index) => ({ message: messages[index] as Message, callback })),
    {
      db,
      env: workerEnv as unknown as { BACKEND?: Fetcher },
      config: configured.config,
      retry: (some, reason) => {
        for (const message of some) became[messages.indexOf(message)] = reason;
      },
      breaker,
    },
  );
  return became;
}

const ok = () => new Response("");
const status = (code: number) => () => new Response("", { status: code });
const down = () => Promise.reject(new TypeError("connection refused"));

async function isFresh({ url }: AtBackend, token: string): Promise<boolean> {
  const query = new URL(url).searchParams;
  const proof = { sign: query.get("sIgn") ?? "", requestTime: query.get("RequestTime") ?? "" };
  return (await checkAuthenticity(proof, { current: token }, Date.now())).authentic;
}

describe("a kept callback", () => {
  it("is delivered with a Sign of now, and for the rest as it came", async ({ expect }) => {
    const BACKEND = backendOf(ok);
    const { acked } = await deliver([keptCallback()], {
      env: envWith({ BACKEND }),
      queue: "backend-callbacks",
      attempts: 4,
    });
    expect(acked).toEqual([0]);
    const [asked] = BACKEND.asked;
    expect(asked && (await isFresh(asked, TOKEN))).toBe(true);
    expect(asked?.url).toMatch(
      /\?SdkAppid=1&a=%zz&&RequestTime=\d{10}&b=%E4%F6\+&sIgn=[0-9a-f]{64}&c=$/,
    );
    expect(asked?.body).toBe(keptCallback().body);
    expect(asked?.headers.get("Content-Type")).toBe("application/json");
    expect(asked?.headers.get("X-Friendgate-Attempt")).toBe("5");
    expect(asked?.headers.get("X-Friendgate-Request-Time")).toBe(OLD_TIME);
    expect(logLines()).toEqual([{ event: "delivered", messages: 1, attempts: 4 }]);
  });

  it.for([
    ["current", { CALLBACK_TOKEN_PREVIOUS: "another-token" }, TOKEN],
    ["previous", { CALLBACK_TOKEN_PREVIOUS: "another-token" }, "another-token"],
    ["previous", {}, TOKEN],
  ] as const)(
    "that was signed with the %s token, where %j is set, is signed with that one",
    async ([token, settings, expected], { expect }) => {
      const BACKEND = backendOf(ok);
      await handOver([keptCallback({ token })], { BACKEND, ...settings });
      expect(BACKEND.asked[0] && (await isFresh(BACKEND.asked[0], expected))).toBe(true);
    },
  );

  it("that came without Sign stays without", async ({ expect }) => {
    const BACKEND = backendOf(ok);
    const query = "SdkAppid=1&RequestTime=5";
    await handOver([keptCallback({ token: "none", query })], { BACKEND });
    expect(new URL(BACKEND.asked[0]?.url ?? "").search).toBe(`?${query}`);
  });

  it("that came without Content-Type stays without", async ({ expect }) => {
    const BACKEND = backendOf(ok);
    await handOver([keptCallback({ contentType: null, requestTime: null })], { BACKEND });
    expect(BACKEND.asked[0]?.headers.has("Content-Type")).toBe(false);
    expect(BACKEND.asked[0]?.headers.has("X-Friendgate-Request-Time")).toBe(false);
  });

  it("comes with the bytes that were no text", async ({ expect }) => {
    const bytes = Uint8Array.from([0xff, 0x00, 0xfe]);
    let arrived: Uint8Array | undefined;
    const BACKEND = {
      fetch: async (request: Request) => {
        arrived = await request.bytes();
        return ok();
      },
    };
    await handOver([keptCallback(textOf(bytes))], { BACKEND });
    expect(arrived).toEqual(bytes);
  });

  it.for([
    ["backend-unreachable", down],
    ["backend-status-503", status(503)],
    ["backend-status-404", status(404)],
    ["backend-status-302", status(302)],
  ] as const)("comes again after %s", async ([reason, answer], { expect }) => {
    expect(await handOver([keptCallback()], { BACKEND: backendOf(answer) })).toEqual([reason]);
  });

  it("has ten seconds, and comes again when they are over", async ({ expect }) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const BACKEND = backendOf(() => new Promise<Response>(() => {}));
    const became = handOver([keptCallback()], { BACKEND });
    await until(() => BACKEND.asked.length === 1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await became).toEqual(["backend-late"]);
  });

  it("waits where no backend is configured any more", async ({ expect }) => {
    expect(await handOver([keptCallback()], {})).toEqual(["no-backend"]);
  });

  it.for([
    ["another version", { ...keptCallback(), v: 2 }, "unknown-message"],
    ["a body that is no base64", keptCallback({ encoding: "base64", body: "%" }), undefined],
  ] as const)("of %s is not delivered", async ([, message, reason], { expect }) => {
    const BACKEND = backendOf(ok);
    const options = { env: envWith({ BACKEND }), queue: "backend-callbacks" };
    const { acked, retried } = await deliver([message], options);
    expect(BACKEND.asked).toEqual([]);
    expect(reason === undefined ? acked : retried.map(({ index }) => index)).toEqual([0]);
    expect(await storedDeadLetters()).toHaveLength(reason === undefined ? 1 : 0);
  });

  it("that ran out of tries is a dead letter", async ({ expect }) => {
    const message = keptCallback();
    const { acked } = await deliver([message], { queue: "backend-callbacks-dlq" });
    expect(acked).toEqual([0]);
    const [letter] = await storedDeadLetters();
    expect(letter?.reason).toBe("exhausted");
    expect(JSON.parse(letter?.body ?? "")).toEqual(message);
  });
});

describe("a backend that is down", () => {
  const many = Array.from({ length: 40 }, () => keptCallback());

  it.for([
    ["refuses connections", down],
    ["fails", status(500)],
    ["is overloaded", status(429)],
  ] as const)("and %s costs one try for a batch", async ([, answer], { expect }) => {
    const BACKEND = backendOf(answer);
    const became = await handOver(many, { BACKEND });
    expect(BACKEND.asked).toHaveLength(1);
    expect(became.filter((reason) => reason === "backend-down")).toHaveLength(39);
  });

  it("is left alone for a while, twice as long each time, and then tried with one", async ({
    expect,
  }) => {
    vi.useFakeTimers({ toFake: ["Date"], now: 1_800_000_000_000 });
    const breaker = createBreaker();
    const BACKEND = backendOf(down);
    const tries: number[] = [];
    // Open for 5, 10, 20, 40, 60 and 60 seconds.
    const moments = [0, 4, 5, 14, 15, 34, 35, 74, 75, 134, 135, 194, 195];
    for (const seconds of moments) {
      vi.setSystemTime(1_800_000_000_000 + seconds * 1_000);
      await handOver(many, { BACKEND }, { breaker });
      tries.push(BACKEND.asked.length);
    }
    expect(tries).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7]);
  });

  it("gets everything when it is back", async ({ expect }) => {
    const breaker = createBreaker();
    vi.useFakeTimers({ toFake: ["Date"] });
    await handOver(many, { BACKEND: backendOf(down) }, { breaker });
    vi.setSystemTime(Date.now() + 5_000);
    const BACKEND = backendOf(ok);
    expect(new Set(await handOver(many, { BACKEND }, { breaker }))).toEqual(new Set(["acked"]));
    expect(BACKEND.asked).toHaveLength(40);
  });

  it("from the middle of a batch on gets no more than what is under way", async ({ expect }) => {
    // One alone, then five at once: 7 to 11 are taken in part, and of 12 to 16 none.
    const BACKEND = backendOf((_, nth) => new Response("", { status: nth > 9 ? 500 : 200 }));
    const became = await handOver(many, { BACKEND });
    expect(BACKEND.asked).toHaveLength(16);
    expect(became.filter((reason) => reason === "acked")).toHaveLength(9);
  });

  it("and fails beside others that it refuses gets no more of the batch", async ({ expect }) => {
    const BACKEND = backendOf((_, nth) => new Response("", { status: nth === 6 ? 503 : 404 }));
    await handOver(many, { BACKEND });
    expect(BACKEND.asked).toHaveLength(6);
  });

  it("is not one that refuses each of them", async ({ expect }) => {
    const BACKEND = backendOf(status(404));
    const became = await handOver(many, { BACKEND });
    expect(new Set(became)).toEqual(new Set(["backend-status-404"]));
    expect(BACKEND.asked).toHaveLength(40);
  });

  it("for some callbacks only is asked about all of them", async ({ expect }) => {
    const BACKEND = backendOf((_, nth) => new Response("", { status: nth % 3 === 0 ? 500 : 200 }));
    const became = await handOver(many, { BACKEND });
    expect(BACKEND.asked).toHaveLength(40);
    expect(became.filter((reason) => reason === "acked")).toHaveLength(27);
  });
});

it("a callback that the backend alone refuses holds back no other", async ({ expect }) => {
  const bodies = ["fresh", "poison", "fresh", "fresh"];
  const BACKEND = backendOf(({ body }) => status(body === "poison" ? 500 : 200)());
  const callbacks = bodies.map((body) => keptCallback({ body }));
  const became = await handOver(callbacks, { BACKEND }, { attempts: [1, 9, 1, 1] });
  expect(became).toEqual(["acked", "backend-status-500", "acked", "acked"]);
  const others = await handOver(
    bodies.map((body) => keptCallback({ body })),
    { BACKEND: backendOf(({ body }) => status(body === "poison" ? 404 : 200)()) },
  );
  expect(others).toEqual(["acked", "backend-status-404", "acked", "acked"]);
});

describe("what was delivered later", () => {
  const groups = ["Group.CallbackAfterSendMsg", "Group.CallbackOnMemberStateChange"];
  const callbacks = [null, "odd", ...groups].map((command) => keptCallback({ command }));

  it("is counted by the family of its command", async ({ expect }) => {
    await handOver(callbacks, { BACKEND: backendOf(ok) });
    const none = { passedOn: 0, late: 0, failed: 0, kept: 0 };
    const { backend } = await readStats(oneDatabase(), Date.now());
    expect(backend.lastDay).toEqual({
      Group: { ...none, deliveredLater: 2 },
      other: { ...none, deliveredLater: 2 },
    });
    expect(backend.lastHour).toEqual(backend.lastDay);
    const later = await readStats(oneDatabase(), Date.now() + 2 * 3_600_000);
    expect(later.backend).toEqual({ lastHour: {}, lastDay: backend.lastDay });
  });

  it("does not wait for a count that hangs", async ({ expect }) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const BACKEND = backendOf(ok);
    const db = faultyDatabase(env.DB, () => "hang");
    const became = handOver(callbacks, { BACKEND }, { db });
    await until(() => db.statements === 1);
    expect(new Set(await afterMs(40_000, became))).toEqual(new Set(["acked"]));
    expect(logLines()).toContainEqual({
      event: "failed",
      reason: "not-counted",
      error: expect.any(String),
    });
  });

  it("is measured by its command", async ({ expect }) => {
    const points: unknown[] = [];
    const METRICS = { writeDataPoint: (point: unknown) => points.push(point) };
    await handOver([...callbacks, ...callbacks], { BACKEND: backendOf(ok), METRICS });
    const commands = [["", 2], ["other", 2], ...groups.map((command) => [command, 2])];
    expect(points).toEqual(
      commands.map(([command, count]) => ({
        indexes: [command],
        blobs: [command, "delivered-later", "none", "", ""],
        doubles: [0, count],
      })),
    );
  });

  it("stays delivered where it cannot be counted", async ({ expect }) => {
    const db = brokenDatabase("Network connection lost.");
    const became = await handOver(callbacks, { BACKEND: backendOf(ok) }, { db });
    expect(new Set(became)).toEqual(new Set(["acked"]));
    expect(logLines()).toContainEqual({ event: "failed", reason: "not-counted", error: "Error" });
  });
});
