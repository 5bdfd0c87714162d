import { env } from "cloudflare:workers";
import { beforeEach, describe, it } from "vitest";
import { selectDeadLetters, storeDeadLetters } from "../../src/db/dead-letters.ts";
import { removeTombstones } from "../../src/db/pairs/tombstones.ts";
import { redrive } from "../../src/db/redrive.ts";
import type { FriendsChanged, Pair } from "../../src/events/kinds.ts";
import { toOrderKey } from "../../src/events/order-key.ts";
import { writtenInTime } from "../support/database-clock.ts";
import { oneDatabase } from "../support/databases.ts";
import { RECORDS } from "../support/decided.ts";
import { faultyDatabase } from "../support/faults.ts";
import { apply, type Directed, LISTS, stored } from "../support/lists.ts";
import { slices } from "../support/sweep.ts";
import { storedDeadLetters, storedFriends } from "../support/worker.ts";

const db = env.DB;
const NOW_MS = 1_795_000_000_000;
const OLDEST_MS = NOW_MS - 30 * 86_400_000;

function change(type: FriendsChanged["type"], atMs: number, pairs: Pair[]): FriendsChanged {
  const orderKey = toOrderKey(atMs);
  return { v: 2, type, orderKey, source: null, adminId: null, forced: false, pairs };
}

/** Stores a body as a dead letter and redrives it. What became of it. */
async function redriven(body: unknown, { isChecked = false } = {}) {
  await storeDeadLetters(db, [{ id: "letter", attempts: 100, reason: "exhausted", body }], NOW_MS);
  const letters = await selectDeadLetters(db, { status: "waiting" }, 10);
  const outcomes = await redrive(oneDatabase(db), letters, {
    oldestMs: OLDEST_MS,
    nowMs: NOW_MS,
    isChecked,
  });
  const [letter] = await storedDeadLetters();
  return { outcome: outcomes.get("letter"), status: letter?.status };
}

const current = async () =>
  (await storedFriends()).filter((row) => row.deleted_at === null).map((row) => row.friend_id);

const bob: Pair = ["alice", "bob", null];

describe.for(LISTS)("redriving an event of $kind that is older than the tombstones", (list) => {
  const changed = (verb: "added" | "deleted", atMs: number, ...pairs: Directed[]) =>
    list[verb](pairs, toOrderKey(atMs));
  const alice = (otherId: string): Directed => ["alice", otherId];
  const listed = async () =>
    (await stored(list)).filter((row) => row.deleted_at === null).map((row) => row.other_id);

  it("leaves an addition waiting whose pair may have been deleted since", async ({ expect }) => {
    // It was deleted after the addition, and the tombstone is gone.
    await apply(list, [changed("deleted", OLDEST_MS - 1, alice("bob"))]);
    await writtenInTime();
    await removeTombstones(db, list.table, {
      beforeMs: OLDEST_MS,
      sliceRows: 100,
      draw: slices(10),
    });
    expect(await redriven(changed("added", OLDEST_MS - 2, alice("bob")))).toEqual({
      outcome: "too-old",
      status: "waiting",
    });
    expect(await stored(list)).toEqual([]);
  });

  it.for([
    ["older", "added", OLDEST_MS - 3, ["bob"]],
    ["newer", "deleted", OLDEST_MS - 1, []],
  ] as const)(
    "compares an addition with a row that is %s",
    async ([, verb, atMs, others], { expect }) => {
      await apply(list, [changed(verb, atMs, alice("bob"))]);
      const { outcome } = await redriven(changed("added", OLDEST_MS - 2, alice("bob")));
      expect(outcome).toBe("redriven");
      expect(await listed()).toEqual(others);
    },
  );

  it("applies of an addition the pairs that have a row, and waits for the others", async ({
    expect,
  }) => {
    await apply(list, [changed("deleted", OLDEST_MS - 9, alice("carol"))]);
    const both = changed("added", OLDEST_MS - 2, alice("bob"), alice("carol"));
    expect(await redriven(both)).toEqual({ outcome: "too-old", status: "waiting" });
    expect(await listed()).toEqual(["carol"]);
  });

  it("settles a deletion, and makes no row of a pair that has none", async ({ expect }) => {
    await apply(list, [changed("added", OLDEST_MS - 9, alice("carol"))]);
    const both = changed("deleted", OLDEST_MS - 2, alice("bob"), alice("carol"));
    expect(await redriven(both)).toEqual({ outcome: "redriven", status: "redriven" });
    expect(await stored(list)).toMatchObject([{ other_id: "carol", deleted_at: OLDEST_MS - 2 }]);
  });

  it("applies an addition as a whole when an operator has checked it", async ({ expect }) => {
    const old = changed("added", OLDEST_MS - 2, alice("bob"));
    expect(await redriven(old, { isChecked: true })).toEqual({
      outcome: "redriven",
      status: "redriven",
    });
    expect(await listed()).toEqual(["bob"]);
  });

  it("takes an event of exactly the oldest time for young enough", async ({ expect }) => {
    const young = changed("added", OLDEST_MS, alice("bob"));
    expect((await redriven(young)).outcome).toBe("redriven");
    expect(await listed()).toEqual(["bob"]);
  });

  it("asks the table of the event, and no other", async ({ expect }) => {
    for (const other of LISTS.filter((each) => each !== list)) {
      await apply(other, [other.added([alice("bob")], toOrderKey(OLDEST_MS - 9))]);
    }
    const { outcome } = await redriven(changed("added", OLDEST_MS - 2, alice("bob")));
    expect(outcome).toBe("too-old");
    expect(await stored(list)).toEqual([]);
  });
});

describe("redriving", () => {
  it.for(RECORDS)(
    "does not ask the age of a record of $what",
    async ({ eventAt, table }, { expect }) => {
      expect((await redriven(eventAt({ at: OLDEST_MS - 1 }))).outcome).toBe("redriven");
      const { results } = await db.prepare(`SELECT at FROM ${table}`).all();
      expect(results).toEqual([{ at: OLDEST_MS - 1 }]);
    },
  );

  it("reads a message of the version before", async ({ expect }) => {
    const { orderKey, ...rest } = change("friends-added", NOW_MS, [bob]);
    const { outcome } = await redriven({ ...rest, v: 1, version: orderKey });
    expect(outcome).toBe("redriven");
    expect(await storedFriends()).toMatchObject([{ friend_id: "bob", order_key: orderKey }]);
  });

  it.for([
    [{ v: 3, type: "friends-added" }, "unknown"],
    [{ v: 1, type: "friends-merged" }, "unknown"],
    [{ v: 2, type: "friends-added", pairs: [{ From_Account: "a" }] }, "malformed"],
    ["a text", "malformed"],
  ] as const)("leaves %j waiting as %s", async ([body, outcome], { expect }) => {
    expect(await redriven(body)).toEqual({ outcome, status: "waiting" });
  });

  it("settles an event that lists nothing", async ({ expect }) => {
    expect((await redriven(change("friends-added", NOW_MS, []))).status).toBe("redriven");
  });

  describe("many that the table refuses", () => {
    // More tries than letters: the halves of each group count, too.
    beforeEach(async () => {
      await db
        .prepare(
          "CREATE TRIGGER refuse BEFORE INSERT ON friends WHEN new.friend_id LIKE 'bad%' BEGIN SELECT raise(ABORT, 'refused'); END",
        )
        .run();
    });

    it("comes to an end, and applies the good ones", async ({ expect }) => {
      const bodies = Array.from({ length: 20 }, (_, index) =>
        change("friends-added", NOW_MS, [
          ["alice", index % 4 === 0 ? `good${index}` : `bad${index}`, null],
        ]),
      );
      await storeDeadLetters(
        db,
        bodies.map((body, index) => ({
          id: String(index),
          attempts: 1,
          reason: "exhausted",
          body,
        })),
        NOW_MS,
      );
      const letters = await selectDeadLetters(db, {}, 100);
      const outcomes = await redrive(oneDatabase(db), letters, {
        oldestMs: OLDEST_MS,
        nowMs: NOW_MS,
        isChecked: false,
      });
      expect(
        [...outcomes.values()].filter((outcome) => outcome === "refused-by-table"),
      ).toHaveLength(15);
      expect(await current()).toHaveLength(5);
    });
  });

  it("keeps each statement within D1's 100 KB though every text is all apostrophes", async ({
    expect,
  }) => {
    const statements: number[] = [];
    const counting = {
      prepare: (sql: string) => ({
        bind: (...values: unknown[]) => {
          // As the tool does, which puts parameters into the text: an apostrophe is written twice.
          statements.push(sql.length + String(values).replaceAll("'", "''").length + 200);
          return db.prepare(sql).bind(...values);
        },
      }),
    } as unknown as D1Database;
    const pairs = Array.from(
      { length: 500 },
      (_, index): Pair => ["'".repeat(40), `${"'".repeat(40)}${index}`, "'".repeat(40)],
    );
    const body = { ...change("friends-added", NOW_MS, pairs), adminId: "'".repeat(128) };
    await storeDeadLetters(db, [{ id: "1", attempts: 1, reason: "exhausted", body }], NOW_MS);
    const letters = await selectDeadLetters(db, {}, 10);
    await redrive(oneDatabase(counting), letters, {
      oldestMs: OLDEST_MS,
      nowMs: NOW_MS,
      isChecked: false,
    });
    expect(await current()).toHaveLength(500);
    expect(Math.max(...statements)).toBeLessThan(100_000);
  });
});

it("redriving throws when the database is away, and every letter waits as before", async ({
  expect,
}) => {
  const letters = ["1", "2"].map((id) => ({ id, attempts: 100, reason: "exhausted" as const }));
  const body = change("friends-added", NOW_MS, [bob]);
  await storeDeadLetters(
    db,
    letters.map((letter) => ({ ...letter, body })),
    NOW_MS,
  );
  const away = faultyDatabase(db, (sql) =>
    sql.includes("INSERT INTO friends") ? new Error("Network connection lost.") : undefined,
  );
  const stored = await selectDeadLetters(db, {}, 10);
  const redriving = redrive(oneDatabase(away), stored, {
    oldestMs: OLDEST_MS,
    nowMs: NOW_MS,
    isChecked: false,
  });
  await expect(redriving).rejects.toThrow("Network connection lost.");
  expect(await storedDeadLetters()).toMatchObject([{ status: "waiting" }, { status: "waiting" }]);
});
