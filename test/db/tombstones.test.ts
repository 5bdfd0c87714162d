import { env } from "cloudflare:workers";
import { describe, it } from "vitest";
import { removeTombstones } from "../../src/db/pairs/tombstones.ts";
import { toOrderKey } from "../../src/events/order-key.ts";
import { countedDb } from "../support/counted.ts";
import { writtenInTime } from "../support/database-clock.ts";
import { apply, blackList, friendList, LISTS, type List, stored } from "../support/lists.ts";
import { slices } from "../support/sweep.ts";

const OLD_MS = 1_000;
const CUTOFF_MS = 2_000;
const NEW_MS = 3_000;

/** Pairs of one user: `kind` says for each whether, and when, it was deleted, and that was written. */
async function pairs(list: List, count: number, kind: (index: number) => "added" | "old" | "new") {
  for (const wanted of ["added", "old", "new"] as const) {
    const some = Array.from({ length: count }, (_, index) => index)
      .filter((index) => kind(index) === wanted)
      .map((index) => ["user", String(index).padStart(6, "0")] as const);
    const change = wanted === "added" ? list.added : list.deleted;
    await apply(list, [change(some, toOrderKey(wanted === "new" ? NEW_MS : OLD_MS))]);
  }
  await writtenInTime();
}

const bounds = {
  beforeMs: CUTOFF_MS,
  sliceRows: 10,
  get draw() {
    return slices(3);
  },
};

describe.for(LISTS)("tombstones of $kind", (list) => {
  it("are removed when they are old enough, and no other row is", async ({ expect }) => {
    await pairs(list, 9, (index) => (["added", "old", "new"] as const)[index % 3] ?? "added");
    expect(await removeTombstones(env.DB, list.table, bounds)).toBe(3);
    expect((await stored(list)).map(({ deleted_at }) => deleted_at)).toEqual([
      null,
      NEW_MS,
      null,
      NEW_MS,
      null,
      NEW_MS,
    ]);
  });

  it("of exactly the limit stay", async ({ expect }) => {
    await pairs(list, 1, () => "old");
    expect(await removeTombstones(env.DB, list.table, { ...bounds, beforeMs: OLD_MS })).toBe(0);
    expect(await removeTombstones(env.DB, list.table, { ...bounds, beforeMs: OLD_MS + 1 })).toBe(1);
  });

  it.for([
    ["in time", OLD_MS, OLD_MS, 1],
    ["late", OLD_MS, CUTOFF_MS, 0],
    // A row from before migration 0013 has the number of a period.
    ["in a period, and late", OLD_MS, 7, 1],
    ["in a period, and not long ago", NEW_MS, 7, 0],
  ] as const)(
    "of which the deletion was written %s go only when both are old",
    async ([, deletedAt, changedAt, removed], { expect }) => {
      await apply(list, [list.deleted([["user", "friend"]], toOrderKey(deletedAt))]);
      await env.DB.prepare(`UPDATE ${list.kind} SET changed_at = ?1`).bind(changedAt).run();
      expect(await removeTombstones(env.DB, list.table, bounds)).toBe(removed);
    },
  );

  it("are forgotten for this list alone, up to the one that was written last", async ({
    expect,
  }) => {
    const forgotten = async () => {
      const { results } = await env.DB.prepare(
        "SELECT * FROM forgotten_changes WHERE changed_at > 1000000000000",
      ).all();
      return results;
    };
    const longAgo = 1_700_000_000_000;
    for (const [id, at] of [
      ["a", longAgo + 5],
      ["b", longAgo + 7],
      ["c", longAgo + 6],
      ["d", longAgo + 9],
    ] as const) {
      await apply(list, [list.deleted([["user", id]], toOrderKey(at))]);
    }
    await writtenInTime();
    await removeTombstones(env.DB, list.table, { ...bounds, beforeMs: longAgo + 8 });
    expect(await forgotten()).toEqual([{ list: list.kind, changed_at: longAgo + 7 }]);
    // One that is older, and comes behind it, takes nothing back.
    await apply(list, [list.deleted([["user", "b"]], toOrderKey(longAgo))]);
    await writtenInTime();
    await removeTombstones(env.DB, list.table, { ...bounds, beforeMs: longAgo + 8 });
    expect(await forgotten()).toEqual([{ list: list.kind, changed_at: longAgo + 7 }]);
  });

  it.for([0, 1, 9, 10, 11, 29, 30, 31, 60, 95])(
    "of a table of %i rows are all found, whatever the slices",
    async (count, { expect }) => {
      await pairs(list, count, (index) => (index % 2 === 0 ? "old" : "added"));
      let removed = 0;
      for (let run = 0; run < 5; run++)
        removed += await removeTombstones(env.DB, list.table, bounds);
      expect(removed).toBe(Math.ceil(count / 2));
      expect(await stored(list)).toHaveLength(Math.floor(count / 2));
    },
  );

  it("that come behind the walk are found when it begins anew", async ({ expect }) => {
    await pairs(list, 50, () => "added");
    expect(await removeTombstones(env.DB, list.table, bounds)).toBe(0);
    await apply(list, [list.deleted([["user", "000000"]], toOrderKey(OLD_MS) + 1)]);
    await writtenInTime();
    // Rows 31 to 50, and the end; then from the beginning.
    expect(await removeTombstones(env.DB, list.table, bounds)).toBe(0);
    expect(await removeTombstones(env.DB, list.table, bounds)).toBe(1);
  });

  it("cost a bounded number of rows, however large the table", async ({ expect }) => {
    for (const count of [100, 10_000]) {
      await env.DB.exec(`DELETE FROM ${list.kind}; DELETE FROM walks`);
      await pairs(list, count, () => "added");
      const { count: meter, binding: db } = countedDb(env.DB);
      await removeTombstones(db, list.table, bounds);
      // Each slice three times with the row behind its end, what is forgotten, and where the walk stands.
      expect(meter.rowsRead).toBeLessThanOrEqual(3 * (11 + 11 + 11 + 4) + 2);
      expect(meter.rowsWritten).toBe(1);
    }
  });

  it("write one row each, and one for how far they are gone", async ({ expect }) => {
    await pairs(list, 1_000, () => "old");
    await env.DB.exec("UPDATE forgotten_changes SET changed_at = 0");
    const { count: meter, binding: db } = countedDb(env.DB);
    expect(await removeTombstones(db, list.table, { ...bounds, sliceRows: 1_000 })).toBe(1_000);
    expect(meter.rowsWritten).toBe(1_002);
  });
});

it("a walk through one table neither moves nor empties the other", async ({ expect }) => {
  for (const list of LISTS) await pairs(list, 25, () => "old");
  const once = {
    ...bounds,
    get draw() {
      return slices(1);
    },
  };
  expect(await removeTombstones(env.DB, blackList.table, once)).toBe(10);
  expect(await stored(friendList)).toHaveLength(25);
  expect(await removeTombstones(env.DB, friendList.table, once)).toBe(10);
  const { results } = await env.DB.prepare("SELECT * FROM walks ORDER BY name").all();
  expect(results).toEqual([
    { name: "blacklist-tombstones", position: '["user","000009"]' },
    { name: "tombstones", position: '["user","000009"]' },
  ]);
});
