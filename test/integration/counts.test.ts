import { env } from "cloudflare:workers";
import { describe, it } from "vitest";
import { createCounter } from "../../src/counts.ts";
import { addCounts, readCounts, removeOldCounts } from "../../src/db/counts.ts";
import { brokenDatabase, faultyDatabase } from "../support/faults.ts";
import { logLines } from "../support/log.ts";

const HOUR_MS = 3_600_000;
const NOW = Date.UTC(2026, 0, 1, 12);
const counted = { family: "C2C", outcome: "passed-on" } as const;
const read = () => readCounts(env.DB, { hourMs: NOW - HOUR_MS, dayMs: NOW - 24 * HOUR_MS });

describe("the counter", () => {
  it("writes what came within its window by one statement", async ({ expect }) => {
    const db = faultyDatabase(env.DB, () => undefined);
    const count = createCounter(20);
    const behind = [
      ...Array.from({ length: 500 }, () => count(counted, { db, nowMs: NOW })),
      count({ family: "Group", outcome: "kept" }, { db, nowMs: NOW }),
    ];
    await Promise.all(behind);
    expect(db.statements).toBe(1);
    expect(await read()).toEqual([
      { family: "C2C", outcome: "passed-on", hour: 500, day: 500 },
      { family: "Group", outcome: "kept", hour: 1, day: 1 },
    ]);
  });

  it("has one row for the same outcome in five minutes", async ({ expect }) => {
    const count = createCounter(1);
    for (const nowMs of [NOW, NOW + 299_999, NOW + 300_000]) {
      await count(counted, { db: env.DB, nowMs });
    }
    const { results } = await env.DB.prepare("SELECT at, count FROM callback_counts").all();
    expect(results).toEqual([
      { at: NOW, count: 2 },
      { at: NOW + 300_000, count: 1 },
    ]);
  });

  it("opens the next window where one is over, whoever was to write the last one", async ({
    expect,
  }) => {
    const count = createCounter(20);
    // Its isolate's request ended before it had written.
    void count(counted, { db: brokenDatabase("gone"), nowMs: NOW });
    await count(counted, { db: env.DB, nowMs: NOW + 20 });
    await scheduler.wait(30);
    await count(counted, { db: env.DB, nowMs: NOW + 60 });
    expect(await read()).toMatchObject([{ day: 3 }]);
  });

  it("keeps what could not be written, and says so", async ({ expect }) => {
    const count = createCounter(1);
    // One more comes while the others are being written.
    const db = faultyDatabase(env.DB, () => {
      void count(counted, { db: env.DB, nowMs: NOW });
      return new Error("overloaded");
    });
    await Promise.all([1, 2, 3].map(() => count(counted, { db, nowMs: NOW })));
    expect(logLines()).toEqual([{ event: "failed", reason: "not-counted", error: "Error" }]);
    await count(counted, { db: env.DB, nowMs: NOW + 10 });
    expect(await read()).toMatchObject([{ day: 5 }]);
  });

  it("has so many names and no more, for a request can make them up", async ({ expect }) => {
    const count = createCounter(20);
    const families = Array.from({ length: 1_000 }, (_, n) => `family${n}`);
    await Promise.all(
      families.map((family) => count({ ...counted, family }, { db: env.DB, nowMs: NOW })),
    );
    expect(await read()).toHaveLength(200);
  });
});

describe("the counts", () => {
  it("are of steps that began within the hour and the day", async ({ expect }) => {
    const ages = [0, HOUR_MS - 1, HOUR_MS, 24 * HOUR_MS - 1, 24 * HOUR_MS];
    await addCounts(
      env.DB,
      ages.map((age) => ({ ...counted, at: NOW - age, count: 1 })),
    );
    expect(await read()).toMatchObject([{ hour: 2, day: 4 }]);
  });

  it("ask nothing of the database where there are none", async ({ expect }) => {
    await expect(addCounts(brokenDatabase("asked"), [])).resolves.toBeUndefined();
  });

  it("are removed from before a time on", async ({ expect }) => {
    await addCounts(
      env.DB,
      [-1, 0, 1].map((at) => ({ ...counted, at: NOW + at, count: 1 })),
    );
    expect(await removeOldCounts(env.DB, NOW)).toBe(1);
    expect(await read()).toMatchObject([{ day: 2 }]);
  });
});
