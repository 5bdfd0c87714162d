import { createScheduledController } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, it, vi } from "vitest";
import { createArrivals } from "../../src/arrivals.ts";
import { insertArrival, readArrivals } from "../../src/db/arrivals.ts";
import worker from "../../src/index.ts";
import { anyCallback } from "../support/backend.ts";
import { brokenDatabase, faultyDatabase } from "../support/faults.ts";
import { logLines } from "../support/log.ts";
import { callbackRequest } from "../support/tencent.ts";
import { callback, envWith, fetchInFront } from "../support/worker.ts";

const STEP_MS = 600_000;
const HOUR_MS = 3_600_000;
const NOW = Date.UTC(2026, 0, 2, 12, 0, 30);
const stepsAgo = (steps: number) => NOW - (NOW % STEP_MS) - steps * STEP_MS;

/** Something arrived in each of these hours of the past, 0 being the last one. */
async function arrivedInHours(hours: number[]): Promise<void> {
  for (const hour of hours) await insertArrival(env.DB, stepsAgo(hour * 6 + 3));
}
const hours = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

const run = (overrides: Record<string, unknown> = {}) =>
  worker.scheduled(
    createScheduledController({ scheduledTime: new Date(NOW), cron: "" }),
    envWith({ ALERT_ON_SILENCE: "true", ...overrides }),
  );
/** An isolate says or notes something once in a step, and the tests of this file are in one. */
let steps = 0;
const inStepOfItsOwn = () => vi.useFakeTimers({ toFake: ["Date"], now: NOW + ++steps * STEP_MS });
const failures = () => logLines().filter(({ event }) => event === "failed");

describe("an isolate", () => {
  it("notes that something arrived with one statement in ten minutes", async ({ expect }) => {
    const db = faultyDatabase(env.DB, () => undefined);
    const arrivals = createArrivals();
    for (let at = 0; at < 3_600; at++) await arrivals.authentic(NOW + at * 1_000, db);
    expect(db.statements).toBe(7);
    expect((await readArrivals(env.DB, NOW + HOUR_MS)).lastAt).toBe(NOW + HOUR_MS);
  });

  it("notes what another one has noted, too", async ({ expect }) => {
    for (let isolates = 0; isolates < 2; isolates++) {
      await createArrivals().authentic(NOW, env.DB);
    }
    expect(failures()).toEqual([]);
  });

  it("goes on where that cannot be written", async ({ expect }) => {
    await createArrivals().authentic(NOW, brokenDatabase("overloaded"));
    expect(failures()).toEqual([{ event: "failed", reason: "not-counted", error: "Error" }]);
  });

  it.for([
    [19, 0, 0],
    [20, 0, 1],
    [500, 0, 1],
    [20, 20, 0],
    [21, 20, 1],
    [500, 20, 1],
  ] as const)(
    "that sees %d wrong Signs and %d authentic callbacks says so %d times",
    async ([wrong, authentic, lines], { expect }) => {
      const arrivals = createArrivals();
      const db = faultyDatabase(env.DB, () => undefined);
      for (let n = 0; n < authentic; n++) await arrivals.authentic(NOW, db);
      for (let n = 0; n < wrong; n++) arrivals.wrongSign(NOW);
      expect(failures()).toHaveLength(lines);
      expect(arrivals.isMostlyWrong(NOW)).toBe(lines === 1);
      expect(arrivals.isMostlyWrong(NOW + STEP_MS)).toBe(false);
    },
  );

  it("says it once in each ten minutes", ({ expect }) => {
    const arrivals = createArrivals();
    for (const at of [NOW, NOW + STEP_MS]) {
      for (let n = 0; n < 50; n++) arrivals.wrongSign(at);
    }
    expect(failures()).toMatchObject([
      { reason: "signs-wrong", wrong: 20 },
      { reason: "signs-wrong", wrong: 20 },
    ]);
  });
});

describe("a Worker that Tencent's callbacks fail", () => {
  it.for([
    ["of another token", { token: "another" }, 1],
    ["that are too old", { token: "another", requestTime: "1700000000" }, 0],
    ["of another app", { token: "another", query: { SdkAppid: "1" } }, 0],
  ] as const)("says so, for those %s", async ([, options, lines], { expect }) => {
    inStepOfItsOwn();
    const workerEnv = envWith({ DB: brokenDatabase("is not to be asked") });
    for (let n = 0; n < 25; n++) {
      await callback(anyCallback("State.StateChange"), { ...options, env: workerEnv });
    }
    const told = failures().filter(({ reason }) => reason === "signs-wrong");
    expect(told).toHaveLength(lines);
  });
});

describe("a callback", () => {
  it.for([
    ["that is authentic", {}, "true", 1],
    ["where ALERT_ON_SILENCE is false", {}, "false", 0],
    ["of another token", { token: "another" }, "true", 0],
    ["of another app", { query: { SdkAppid: "1" } }, "true", 0],
  ] as const)("is noted, %s: %j %s", async ([, options, ALERT_ON_SILENCE, rows], { expect }) => {
    inStepOfItsOwn();
    await callback(anyCallback("State.StateChange"), {
      ...options,
      env: envWith({ ALERT_ON_SILENCE }),
    });
    const { results } = await env.DB.prepare("SELECT at FROM arrivals").all();
    expect(results).toHaveLength(rows);
  });

  it("does not wait for its note", async ({ expect }) => {
    inStepOfItsOwn();
    const DB = faultyDatabase(env.DB, () => "hang");
    const request = await callbackRequest(anyCallback("State.StateChange"));
    const { response, behind } = fetchInFront(request, envWith({ ALERT_ON_SILENCE: "true", DB }));
    expect((await response).status).toBe(200);
    expect(behind).toHaveLength(1);
  });
});

describe("the hourly run", () => {
  it.for([
    ["nothing for an hour, after a busy day", hours(1, 24), true],
    ["nothing for an hour, after 20 busy hours", hours(5, 24), true],
    ["nothing for an hour, after 19 busy hours", hours(6, 24), false],
    ["nothing for 20 hours, after a busy day", hours(20, 43), true],
    [
      "nothing for an hour, after 19 busy hours, and others on the day before",
      [...hours(6, 24), ...hours(31, 45)],
      false,
    ],
    ["something within the hour", hours(0, 24), false],
    ["nothing, ever", [], false],
  ] as const)("finds silence: %s", async ([, arrived, isSilent], { expect }) => {
    await arrivedInHours([...arrived]);
    await run();
    expect(failures().map(({ reason }) => reason)).toEqual(isSilent ? ["silent"] : []);
    expect((await readArrivals(env.DB, NOW)).isSilent).toBe(isSilent);
  });

  it("says for how many minutes", async ({ expect }) => {
    await arrivedInHours(hours(1, 24));
    await run();
    expect(failures()).toEqual([{ event: "failed", reason: "silent", minutes: 80 }]);
  });

  it("says nothing where ALERT_ON_SILENCE is false", async ({ expect }) => {
    await arrivedInHours(hours(1, 24));
    await run({ ALERT_ON_SILENCE: "false" });
    expect(failures()).toEqual([]);
  });

  it("removes what is older than two days, though the database was away before", async ({
    expect,
  }) => {
    await arrivedInHours([1, 47, 49]);
    await run({
      DB: faultyDatabase(env.DB, (sql) => (sql.includes("at >") ? new Error() : undefined)),
    });
    expect(failures()).toEqual([
      { event: "failed", reason: "not-cleaned-up", step: "silence", error: "Error" },
    ]);
    const { results } = await env.DB.prepare("SELECT at FROM arrivals").all();
    expect(results).toHaveLength(2);
  });

  it("reminds of rules that are not in force", async ({ expect }) => {
    await run({ BLOCKLIST_MODE: "observe" });
    expect(failures()).toEqual([{ event: "failed", reason: "blocklist-observes" }]);
  });
});
