import { env } from "cloudflare:workers";
import { describe, it } from "vitest";
import { removeOldDecided } from "../../src/db/decided/record.ts";
import { countedDb } from "../support/counted.ts";
import { RECORDS } from "../support/decided.ts";
import { slices } from "../support/sweep.ts";
import { deliver, envWith, storedDeadLetters } from "../support/worker.ts";

const friendsAdded = {
  v: 2,
  type: "friends-added",
  orderKey: 1_024,
  source: null,
  adminId: null,
  forced: false,
  pairs: [["alice", "bob", null]],
};

describe.for(RECORDS)("recording of $what", ({ what, eventAt, record, read }) => {
  it("writes a row for each, two for a refused one, and none again", async ({ expect }) => {
    const { binding, count } = countedDb(env.DB);
    const moments = [
      { at: 1, count: 10, refused: 3 },
      { at: 2, count: 5 },
    ];
    expect(await record(binding, ...moments)).toBe(15 + 3);
    expect(await record(binding, ...moments)).toBe(0);
    expect(count.statements).toBe(2);
  });

  it("of a message without any is nothing", async ({ expect }) => {
    const { acked } = await deliver([eventAt({ at: 1, count: 0 })]);
    expect(acked).toEqual([0]);
    expect(await storedDeadLetters()).toEqual([]);
  });

  it("goes beside the friends of the same batch, in a statement of its own", async ({ expect }) => {
    const { binding, count } = countedDb(env.DB);
    const { acked } = await deliver([eventAt({ at: 1 }), friendsAdded, eventAt({ at: 2 })], {
      env: envWith({ DB: binding }),
    });
    expect(acked.sort()).toEqual([0, 1, 2]);
    expect(count.statements).toBe(2);
  });

  it("keeps what the table refuses from holding back the others", async ({ expect }) => {
    const outcome = [5, null, null, null];
    const list =
      what === "responses" ? [[0, "bob", "Agree", ...outcome]] : [[0, "bob", ...outcome]];
    const wrong = { ...eventAt({ at: 2 }), [what]: list };
    const { acked } = await deliver([eventAt({ at: 1 }), wrong, eventAt({ at: 3 })]);
    expect(acked.sort()).toEqual([0, 1, 2]);
    expect((await read(env.DB)).records.map(({ at }) => at)).toEqual([1, 3]);
    const dead = await env.DB.prepare("SELECT id, reason FROM dead_letters").all();
    expect(dead.results).toEqual([{ id: "1", reason: "refused-by-table" }]);
  });
});

it("responses and requests of one batch are a statement each", async ({ expect }) => {
  const { binding, count } = countedDb(env.DB);
  const messages = [1, 2].flatMap((at) => RECORDS.map(({ eventAt }) => eventAt({ at, count: 50 })));
  const { acked } = await deliver(messages, { env: envWith({ DB: binding }) });
  expect(acked).toHaveLength(4);
  expect(count).toMatchObject({ statements: 2, rowsWritten: 200 });
  for (const { read } of RECORDS) {
    expect((await read(env.DB, { limit: "1000" })).records).toHaveLength(100);
  }
});

describe.for(RECORDS)("the record of $what", ({ table, record, read }) => {
  const recorded = async (query?: Record<string, string>) => (await read(env.DB, query)).records;

  it("is read in the order of the decisions, the newest or what comes after", async ({
    expect,
  }) => {
    await record(env.DB, { at: 30 }, { at: 10, count: 2, refused: 1 }, { at: 20 });
    const newest = await read(env.DB, { limit: "2" });
    expect(newest.records.map(({ at }) => at)).toEqual([20, 30]);
    expect(await recorded({ after: String(newest.after) })).toEqual([]);
    await record(env.DB, { at: 40 });
    const next = await read(env.DB, { after: String(newest.after) });
    expect(next.records.map(({ at }) => at)).toEqual([40]);
    expect((await recorded({ after: "20" })).map(({ at }) => at)).toEqual([20, 30, 40]);
    expect((await recorded({ after: "0", blocked: "true" })).map(({ at }) => at)).toEqual([10]);
    expect(await read(env.DB, { after: String(next.after) })).toEqual({
      records: [],
      after: next.after,
    });
  });

  it("says that nothing is recorded", async ({ expect }) => {
    expect(await read(env.DB)).toEqual({ records: [], after: null });
  });

  it.for([
    { limit: "10" },
    { limit: "10", after: "50" },
    { limit: "10", blocked: "true" },
    { limit: "10", after: "50", blocked: "true" },
  ])("costs the rows of the page, and no others: %j", async (query, { expect }) => {
    await record(
      env.DB,
      ...Array.from({ length: 100 }, (_, index) => ({ at: index + 1, count: 3, refused: 1 })),
    );
    const { binding, count } = countedDb(env.DB);
    const { records } = await read(binding, query);
    expect(records).toHaveLength(10);
    expect(count.reads).toEqual([10]);
  });

  it.for([{}, { blocked: "true" }])(
    "has the newest of one moment in the order in which they go on: %j",
    async (query, { expect }) => {
      // Whatever index a later migration brings.
      await env.DB.exec(`CREATE INDEX later ON ${table} (at, item) WHERE code <> 0`);
      // Two callbacks of one millisecond, that came in no order.
      const options = { at: 10, count: 3, refused: 3 };
      await record(env.DB, { ...options, callId: "b" });
      await record(env.DB, { ...options, callId: "a" });
      const all = await recorded({ after: "0", ...query });
      expect(all).toHaveLength(6);
      expect(await recorded(query)).toEqual(all);
      for (const limit of [1, 2, 4, 5]) {
        expect(await recorded({ limit: String(limit), ...query })).toEqual(all.slice(-limit));
      }
    },
  );

  it("is kept as long as it is to be, and removed in slices", async ({ expect }) => {
    await record(env.DB, ...Array.from({ length: 10 }, (_, index) => ({ at: index + 1 })));
    const bounds = {
      beforeMs: 9,
      sliceRows: 2,
      get draw() {
        return slices(3);
      },
    };
    expect(await removeOldDecided(env.DB, table, bounds)).toBe(6);
    expect(await removeOldDecided(env.DB, table, bounds)).toBe(2);
    expect((await recorded()).map(({ at }) => at)).toEqual([9, 10]);
  });

  it("is not looked through again where a slice has found the last of it", async ({ expect }) => {
    await record(env.DB, { at: 1 }, { at: 2 }, { at: 3 });
    const { binding, count } = countedDb(env.DB);
    const bounds = {
      beforeMs: 9,
      sliceRows: 2,
      get draw() {
        return slices(50);
      },
    };
    expect(await removeOldDecided(binding, table, bounds)).toBe(3);
    expect(count.statements).toBe(2);
  });

  it.for([
    ["at_positive", "at", 0],
    ["call_id_not_empty", "call_id", ""],
    ["code_in_range", "code", 5],
    ["code_in_range", "code", 39_001],
    ["rule_is_whole", "rule_kind", "user"],
    ["rule_is_whole", "rule_key", "user:bob"],
  ] as const)(
    "takes no row that %s forbids: %s %j",
    async ([constraint, column, value], { expect }) => {
      await record(env.DB, { at: 1 });
      const update = env.DB.prepare(`UPDATE ${table} SET ${column} = ?1`).bind(value);
      await expect(update.run()).rejects.toThrow(`${table}_${constraint}`);
    },
  );
});
