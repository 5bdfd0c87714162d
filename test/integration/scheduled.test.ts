import { createScheduledController } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, it } from "vitest";
import { encodeToken } from "../../src/api/tokens.ts";
import { addCounts } from "../../src/db/counts.ts";
import { settleDeadLetters, storeDeadLetters } from "../../src/db/dead-letters.ts";
import { beginErasure } from "../../src/db/erasures.ts";
import { toOrderKey } from "../../src/events/order-key.ts";
import worker from "../../src/index.ts";
import { SWEEP_STATEMENTS_PER_RUN } from "../../src/limits.ts";
import { writtenInTime } from "../support/database-clock.ts";
import { boundDatabases, databasesIn, evenly } from "../support/databases.ts";
import { RECORDS } from "../support/decided.ts";
import { faultyDatabase } from "../support/faults.ts";
import { apply, blackList, LISTS, stored } from "../support/lists.ts";
import { logLines } from "../support/log.ts";
import { envWith, storedDeadLetters, storedFriends } from "../support/worker.ts";

const DAY_MS = 24 * 3_600 * 1_000;
/** At midnight, when walks through tables may begin. */
const NOW_MS = Date.UTC(2026, 10, 1);

async function run(overrides: Record<string, unknown> = {}, nowMs = NOW_MS): Promise<void> {
  const controller = createScheduledController({ scheduledTime: new Date(nowMs), cron: "" });
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

/** A database in which a walk for tombstones does not come to the end of its table. */
function withoutEnd(db: D1Database): D1Database {
  const endless = "SELECT 'z' AS user_id, 'z' AS other_id WHERE ?1 >= '' AND ?2 >= '' AND ?3 > 0";
  return {
    prepare: (sql: string) => db.prepare(sql.includes("OFFSET ?3") ? endless : sql),
    batch: (statements: D1PreparedStatement[]) => db.batch(statements),
  } as D1Database;
}

/** A database in which each slice is full, and another one follows. */
function neverDone() {
  const asked = { statements: 0, removed: {} as Record<string, number> };
  const answer = { results: [], meta: { changes: 1_000_000 } };
  const ask = async <Value>(value: Value) => {
    asked.statements += 1;
    return value;
  };
  const row = { user_id: "user", other_id: "other", walking: "dismissals", position: '["",""]' };
  const note = (sql: string) => {
    const [, table] = /DELETE FROM (\w+)/.exec(sql) ?? [];
    if (table !== undefined) asked.removed[table] = (asked.removed[table] ?? 0) + 1;
  };
  const prepare = (sql: string) => ({
    sql,
    bind: () => prepare(sql),
    run() {
      note(sql);
      return ask(answer);
    },
    all: () => ask(answer),
    first: (column?: string) => {
      if (column === undefined) return ask(row);
      return ask(column === "key" ? '["user","other"]' : null);
    },
  });
  const batch = (statements: { sql: string }[]) => {
    for (const { sql } of statements) note(sql);
    return Promise.all(statements.map(() => ask(answer)));
  };
  return { asked, binding: { prepare, batch } };
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
      { event: "cleaned-up", step: "requests", database: "DB", removed: 0 },
      { event: "cleaned-up", step: "responses", database: "DB", removed: 0 },
      { event: "cleaned-up", step: "blacklist-tombstones", database: "DB", removed: 1 },
      { event: "cleaned-up", step: "tombstones", database: "DB", removed: 1 },
      { event: "cleaned-up", step: "dead-letters", database: "DB", removed: 1 },
      { event: "cleaned-up", step: "counts", database: "DB", removed: 0 },
      { event: "cleaned-up", step: "arrivals", database: "DB", removed: 0 },
      { event: "cleaned-up", step: "quotas", database: "DB", removed: 0 },
      { event: "cleaned-up", step: "erasures", database: "DB", removed: 0 },
      { event: "cleaned-up", step: "rule-changes", database: "DB", removed: 0 },
    ]);
  });

  it("adds up the history, and forgets changes of the moment, where somebody can look", async ({
    expect,
  }) => {
    const bound = await boundDatabases(2);
    const workerEnv = { ...bound, SHARDS: evenly(["DB", "DB_2"]) };
    const consoleSteps = () =>
      logLines().filter(({ step }) => step === "history" || step === "recent-changes");
    await run(workerEnv);
    expect(consoleSteps()).toEqual([]);
    for (const { record } of RECORDS) await record(env.DB, { at: NOW_MS - 3_600_000, count: 2 });
    await env.DB.prepare("INSERT INTO decided_hours VALUES (3600000, 1, 0, 0)").run();
    await env.DB.prepare("INSERT INTO recent_changes VALUES (1, '[]')").run();
    await run({ ...workerEnv, MODERATOR_TOKEN: "local-moderator-token" });
    expect(consoleSteps()).toEqual([
      { event: "cleaned-up", step: "recent-changes", database: "DB", removed: 1 },
      { event: "cleaned-up", step: "history", database: "DB", removed: 1 },
    ]);
    const { results } = await env.DB.prepare("SELECT * FROM decided_hours").all();
    expect(results).toEqual([{ at: NOW_MS - 3_600_000, answered: 4, refused: 0, observed: 0 }]);
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
    expect(logLines()).toContainEqual({
      event: "cleaned-up",
      step: "quotas",
      database: "DB",
      removed: 2,
    });
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
      database: "DB",
      step,
      error: "Error",
    });
  });

  it("begins to walk through a table once a day, and goes on at any hour", async ({ expect }) => {
    await aged(31);
    await run({}, NOW_MS + 5 * 3_600_000);
    expect(await kept()).toMatchObject({ tombstones: ["31"] });
    // As a run leaves it that has not come to the end of the table.
    await env.DB.prepare("INSERT INTO walks VALUES ('tombstones', '[\"a\",\"\"]')").run();
    await run({}, NOW_MS + 5 * 3_600_000);
    expect(await kept()).toMatchObject({ tombstones: [], blacklist: ["31"] });
    await run();
    expect(await kept()).toMatchObject({ blacklist: [] });
  });

  it("cleans up every database that is bound, also one that has no slot yet", async ({
    expect,
  }) => {
    const bound = await boundDatabases(3);
    const at = NOW_MS - 31 * DAY_MS;
    for (const db of Object.values(bound)) {
      for (const { record } of RECORDS) await record(db, { at });
    }
    await run({ ...bound, SHARDS: evenly(["DB", "DB_2"]) });
    for (const db of Object.values(bound)) {
      for (const { read } of RECORDS) expect((await read(db)).records).toEqual([]);
    }
  });

  it("goes on with an erasure while it walks through large tables of several databases", async ({
    expect,
  }) => {
    const bound = await boundDatabases(2);
    for (const { record } of RECORDS) await record(env.DB, { at: NOW_MS - DAY_MS });
    const workerEnv = { ...bound, SHARDS: evenly(["DB", "DB_2"]) };
    await beginErasure(databasesIn(envWith(workerEnv)), "alice", toOrderKey(NOW_MS));
    const large = Object.entries(bound).map(([name, db]) => [name, withoutEnd(db)]);
    await run({ ...workerEnv, ...Object.fromEntries(large) });
    for (const { read } of RECORDS) expect((await read(env.DB)).records).toEqual([]);
  });

  it.for([1, 8, 16, 64])(
    "asks %i databases no more than D1 lets an invocation ask, however much there is to do",
    async (count, { expect }) => {
      const { asked, binding } = neverDone();
      const names = ["DB", ...Array.from({ length: count - 1 }, (_, index) => `DB_${index + 2}`)];
      const bound = Object.fromEntries(names.map((name) => [name, { ...binding }]));
      // One more looks for silence.
      await run({ ...bound, ALERT_ON_SILENCE: "true" });
      expect(asked.statements).toBeLessThanOrEqual(SWEEP_STATEMENTS_PER_RUN + 1);
      expect(asked.statements).toBeGreaterThan(SWEEP_STATEMENTS_PER_RUN * 0.9);
      expect(logLines().filter(({ event }) => event === "failed")).toEqual([]);
      // The first step gets the most, and no other one gets nothing.
      for (const table of [
        "friend_requests",
        "friend_responses",
        "blacklist",
        "friends",
        "dismissals",
      ])
        expect(asked.removed[table]).toBeGreaterThan(0);
    },
  );

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
