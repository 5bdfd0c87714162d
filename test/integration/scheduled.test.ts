import { createScheduledController } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, it } from "vitest";
import { encodeToken } from "../../src/api/tokens.ts";
import { addCounts } from "../../src/db/counts.ts";
import { settleDeadLetters, storeDeadLetters } from "../../src/db/dead-letters.ts";
import { toOrderKey } from "../../src/events/order-key.ts";
import worker from "../../src/index.ts";
import { writtenInTime } from "../support/database-clock.ts";
import { RECORDS } from "../support/decided.ts";
import { faultyDatabase } from "../support/faults.ts";
import { apply, blackList, LISTS, stored } from "../support/lists.ts";
import { logLines } from "../support/log.ts";
import { envWith, storedDeadLetters, storedFriends } from "../support/worker.ts";

const DAY_MS = 24 * 3_600 * 1_000;
const NOW_MS = Date.UTC(2026, 10, 1);

async function run(overrides: Record<string, unknown> = {}): Promise<void> {
  const controller = createScheduledController({ scheduledTime: new Date(NOW_MS), cron: "" });
  await worker.scheduled(controller, envWith(overrides));
}

/** Deleted, written and settled so many days before the run. */
async function aged(...days: number[]): Promise<void> {
  for (const age of days) {
    const atMs = NOW_MS - age * DAY_MS;
    const id = String(age);
    for (const list of LISTS) {
      await apply(list, [list.deleted([["user", id]], toOrderKey(atMs))]);
    }
    await storeDeadLetters(env.DB, [{ id, attempts: 1, reason: "malformed", body: {} }], atMs);
    await settleDeadLetters(env.DB, [id], "discarded", atMs);
  }
  await writtenInTime();
}

async function kept() {
  return {
    tombstones: (await storedFriends()).map(({ friend_id }) => friend_id),
    blacklist: (await stored(blackList)).map(({ other_id }) => other_id),
    deadLetters: (await storedDeadLetters()).map(({ id }) => id),
  };
}

describe("the hourly run", () => {
  it("removes tombstones and settled dead letters after 30 days", async ({ expect }) => {
    await aged(29, 31);
    await storeDeadLetters(
      env.DB,
      [{ id: "waiting", attempts: 1, reason: "malformed", body: {} }],
      NOW_MS - 400 * DAY_MS,
    );
    await run();
    expect(await kept()).toEqual({
      tombstones: ["29"],
      blacklist: ["29"],
      deadLetters: ["29", "waiting"],
    });
    expect(logLines()).toEqual([
      { event: "cleaned-up", step: "tombstones", removed: 1 },
      { event: "cleaned-up", step: "blacklist-tombstones", removed: 1 },
      { event: "cleaned-up", step: "responses", removed: 0 },
      { event: "cleaned-up", step: "requests", removed: 0 },
      { event: "cleaned-up", step: "dead-letters", removed: 1 },
      { event: "cleaned-up", step: "counts", removed: 0 },
      { event: "cleaned-up", step: "arrivals", removed: 0 },
      { event: "cleaned-up", step: "quotas", removed: 0 },
      { event: "cleaned-up", step: "erasures", removed: 0 },
    ]);
  });

  it("removes them after as many days as the vars say", async ({ expect }) => {
    await aged(6, 8, 19, 21);
    await run({ TOMBSTONE_DAYS: "20", DEAD_LETTER_DAYS: "7" });
    expect(await kept()).toEqual({
      tombstones: ["19", "6", "8"],
      blacklist: ["19", "6", "8"],
      deadLetters: ["6"],
    });
  });

  it.for(LISTS)(
    "forgets no deletion of $kind without telling, though TOMBSTONE_DAYS is raised behind it",
    async (list, { expect }) => {
      const tokenOf = (days: number) => encodeToken(["since", NOW_MS - days * DAY_MS]);
      await aged(17, 25);
      await run({ TOMBSTONE_DAYS: "20" });
      await run({ TOMBSTONE_DAYS: "400" });
      // The deletion of 25 days ago is gone: whoever synced before it has to start again.
      expect(await list.read("user", { since: tokenOf(25) })).toBeUndefined();
      expect(await list.read("user", { since: tokenOf(24) })).toMatchObject({
        added: [],
        deleted: [{ id: "17" }],
      });
    },
  );

  it("removes counts of callbacks after two days", async ({ expect }) => {
    const counted = { family: "C2C", outcome: "kept", count: 1 } as const;
    const ages = [1, 2, 3].map((days) => NOW_MS - days * DAY_MS);
    await addCounts(
      env.DB,
      ages.map((at) => ({ ...counted, at })),
    );
    await run();
    const { results } = await env.DB.prepare("SELECT at FROM callback_counts").all();
    expect(results.map(({ at }) => at)).toEqual([ages[1], ages[0]]);
  });

  it("removes counts of friend requests after two days", async ({ expect }) => {
    const day = NOW_MS / DAY_MS;
    const rows = [0, 1, 2, 3, 4].map((ago) => `(${day - ago}, 'bob', 'call', 1)`);
    await env.DB.prepare(`INSERT INTO request_counts VALUES ${rows}`).run();
    await run();
    const { results } = await env.DB.prepare("SELECT day FROM request_counts").all();
    expect(results.map((row) => row.day)).toEqual([day - 2, day - 1, day]);
    expect(logLines()).toContainEqual({ event: "cleaned-up", step: "quotas", removed: 2 });
  });

  it.for([
    ["tombstones", "friends", { tombstones: ["31"], blacklist: [], deadLetters: [] }],
    ["blacklist-tombstones", "blacklist", { tombstones: [], blacklist: ["31"], deadLetters: [] }],
    ["dead-letters", "dead_letters", { tombstones: [], blacklist: [], deadLetters: ["31"] }],
  ] as const)("goes on where the step %s fails", async ([step, table, left], { expect }) => {
    await aged(31);
    const DB = faultyDatabase(env.DB, (sql) =>
      sql.includes(`FROM ${table} `) ? new Error("D1_ERROR: Network connection lost.") : undefined,
    );
    await run({ DB });
    expect(await kept()).toEqual(left);
    expect(logLines()).toContainEqual({
      event: "failed",
      reason: "not-cleaned-up",
      step,
      error: "Error",
    });
  });

  it("looks at no more than 100,000 rows for tombstones, and goes on from there the next time", async ({
    expect,
  }) => {
    await env.DB.prepare(
      `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100001)
INSERT INTO friends (user_id, friend_id, order_key, added_at, deleted_at)
SELECT 'user', printf('%06d', n), 1, iif(n < 100000, 1, NULL), iif(n < 100000, NULL, 1)
FROM numbers`,
    ).run();
    const tombstones = async () => {
      const { results } = await env.DB.prepare(
        "SELECT friend_id FROM friends WHERE deleted_at IS NOT NULL",
      ).all();
      return results.map(({ friend_id }) => friend_id);
    };
    await run();
    expect(await tombstones()).toEqual(["100001"]);
    await run();
    expect(await tombstones()).toEqual([]);
  });

  it("removes no more than 1,000 dead letters, and the others the next time", async ({
    expect,
  }) => {
    const ids = Array.from({ length: 1_001 }, (_, index) => String(index));
    const atMs = NOW_MS - 31 * DAY_MS;
    await storeDeadLetters(
      env.DB,
      ids.map((id) => ({ id, attempts: 1, reason: "malformed", body: {} })),
      atMs,
    );
    await settleDeadLetters(env.DB, ids, "discarded", atMs);
    await run();
    expect(await storedDeadLetters()).toHaveLength(1);
    await run();
    expect(await storedDeadLetters()).toEqual([]);
  });

  it("removes records after as many days as their var says", async ({ expect }) => {
    const at = (days: number) => NOW_MS - days * DAY_MS;
    for (const { record } of RECORDS) await record(env.DB, { at: at(19) }, { at: at(21) });
    await run({ RESPONSE_DAYS: "20" });
    for (const { read } of RECORDS) {
      expect((await read(env.DB)).records.map((each) => each.at)).toEqual([at(19)]);
    }
  });

  it("names an optional secret that is wrong, and does its work", async ({ expect }) => {
    await aged(31);
    await run({ API_TOKEN: " " });
    expect(await kept()).toEqual({ tombstones: [], blacklist: [], deadLetters: [] });
    expect(logLines()[0]).toMatchObject({
      event: "failed",
      reason: "misconfigured",
      problems: expect.stringContaining("API_TOKEN"),
    });
  });

  it("removes nothing under a configuration that is wrong", async ({ expect }) => {
    await aged(31);
    await run({ TOMBSTONE_DAYS: "14" });
    expect(await kept()).toEqual({ tombstones: ["31"], blacklist: ["31"], deadLetters: ["31"] });
    expect(logLines()).toEqual([
      {
        event: "failed",
        reason: "misconfigured",
        problems: "TOMBSTONE_DAYS must be a whole number of days from 15 to 3650",
      },
    ]);
  });
});
