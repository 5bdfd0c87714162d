import { env } from "cloudflare:workers";
import { describe, it } from "vitest";
import { applyFriendsChanged } from "../../src/db/friends/apply.ts";
import { removeTombstones } from "../../src/db/friends/tombstones.ts";
import { toOrderKey } from "../../src/events/order-key.ts";
import { countedDb } from "../support/counted.ts";
import { storedFriends } from "../support/worker.ts";

const OLD_MS = 1_000;
const CUTOFF_MS = 2_000;
const NEW_MS = 3_000;

/** Friendships of one user: `kind` says for each whether, and when, it was deleted. */
async function friendships(count: number, kind: (index: number) => "friends" | "old" | "new") {
  for (const wanted of ["friends", "old", "new"] as const) {
    const pairs = Array.from({ length: count }, (_, index) => index)
      .filter((index) => kind(index) === wanted)
      .map((index) => ["user", String(index).padStart(6, "0"), null] as [string, string, null]);
    await applyFriendsChanged(env.DB, [
      {
        v: 2,
        type: wanted === "friends" ? "friends-added" : "friends-deleted",
        orderKey: toOrderKey(wanted === "new" ? NEW_MS : OLD_MS),
        source: null,
        adminId: null,
        forced: false,
        pairs,
      },
    ]);
  }
}

const bounds = { beforeMs: CUTOFF_MS, sliceRows: 10, maxSlices: 3 };

describe("tombstones", () => {
  it("are removed when they are old enough, and no other row is", async ({ expect }) => {
    await friendships(9, (index) => (["friends", "old", "new"] as const)[index % 3] ?? "friends");
    expect(await removeTombstones(env.DB, bounds)).toBe(3);
    expect((await storedFriends()).map(({ deleted_at }) => deleted_at)).toEqual([
      null,
      NEW_MS,
      null,
      NEW_MS,
      null,
      NEW_MS,
    ]);
  });

  it.for([0, 1, 9, 10, 11, 29, 30, 31, 60, 95])(
    "of a table of %i rows are all found, whatever the slices",
    async (count, { expect }) => {
      await friendships(count, (index) => (index % 2 === 0 ? "old" : "friends"));
      let removed = 0;
      for (let run = 0; run < 5; run++) removed += await removeTombstones(env.DB, bounds);
      expect(removed).toBe(Math.ceil(count / 2));
      expect(await storedFriends()).toHaveLength(Math.floor(count / 2));
    },
  );

  it("that come behind the walk are found when it begins anew", async ({ expect }) => {
    await friendships(50, () => "friends");
    expect(await removeTombstones(env.DB, bounds)).toBe(0);
    const pairs: [string, string, null][] = [["user", "000000", null]];
    await applyFriendsChanged(env.DB, [
      {
        v: 2,
        type: "friends-deleted",
        orderKey: toOrderKey(OLD_MS) + 1,
        source: null,
        adminId: null,
        forced: false,
        pairs,
      },
    ]);
    // Rows 31 to 50, and the end; then from the beginning.
    expect(await removeTombstones(env.DB, bounds)).toBe(0);
    expect(await removeTombstones(env.DB, bounds)).toBe(1);
  });

  it("cost a bounded number of rows, however large the table", async ({ expect }) => {
    for (const count of [100, 10_000]) {
      await env.DB.exec("DELETE FROM friends; DELETE FROM walks");
      await friendships(count, () => "friends");
      const { count: meter, binding: db } = countedDb(env.DB);
      await removeTombstones(db, bounds);
      // Each slice three times with the row behind its end, the period, and where the walk stands.
      expect(meter.rowsRead).toBeLessThanOrEqual(3 * (11 + 11 + 11 + 4) + 2);
      expect(meter.rowsWritten).toBe(1);
    }
  });

  it("write one row each, and one for how far they are gone", async ({ expect }) => {
    await friendships(1_000, () => "old");
    const { count: meter, binding: db } = countedDb(env.DB);
    expect(await removeTombstones(db, { ...bounds, sliceRows: 1_000 })).toBe(1_000);
    expect(meter.rowsWritten).toBe(1_002);
  });
});
