import { env } from "cloudflare:workers";
import { beforeEach, describe, it } from "vitest";
import { redrive } from "../../src/consumer/redrive.ts";
import { selectDeadLetters, storeDeadLetters } from "../../src/db/dead-letters.ts";
import { applyFriendsChanged } from "../../src/db/friends/apply.ts";
import { removeTombstones } from "../../src/db/friends/tombstones.ts";
import type { FriendsChanged, Pair, ResponsesDecided } from "../../src/events/kinds.ts";
import { toOrderKey } from "../../src/events/order-key.ts";
import { faultyDatabase } from "../support/faults.ts";
import { storedDeadLetters, storedFriends } from "../support/worker.ts";

const db = env.DB;
const NOW_MS = 1_795_000_000_000;
const OLDEST_MS = NOW_MS - 30 * 86_400_000;

function change(type: FriendsChanged["type"], atMs: number, pairs: Pair[]): FriendsChanged {
  const orderKey = toOrderKey(atMs);
  return { v: 2, type, orderKey, source: null, adminId: null, forced: false, pairs };
}

function record(at: number): ResponsesDecided {
  return {
    v: 1,
    type: "responses-decided",
    callId: "call",
    at,
    eventTime: null,
    responderId: "alice",
    requesterId: null,
    clientIp: null,
    platform: null,
    requestId: null,
    responses: [[0, "bob", "Agree", 0, null, null, null]],
  };
}

/** Stores a body as a dead letter and redrives it. What became of it. */
async function redriven(body: unknown, { isChecked = false } = {}) {
  await storeDeadLetters(db, [{ id: "letter", attempts: 100, reason: "exhausted", body }], NOW_MS);
  const letters = await selectDeadLetters(db, { status: "waiting" }, 10);
  const outcomes = await redrive(db, letters, { oldestMs: OLDEST_MS, nowMs: NOW_MS, isChecked });
  const [letter] = await storedDeadLetters();
  return { outcome: outcomes.get("letter"), status: letter?.status };
}

const current = async () =>
  (await storedFriends()).filter((row) => row.deleted_at === null).map((row) => row.friend_id);

const bob: Pair = ["alice", "bob", null];
const carol: Pair = ["alice", "carol", null];

describe("redriving an event that is older than the tombstones", () => {
  it("leaves an addition waiting whose pair may have been deleted since", async ({ expect }) => {
    // It was deleted after the addition, and the tombstone is gone.
    await applyFriendsChanged(db, [change("friends-deleted", OLDEST_MS - 1, [bob])]);
    await removeTombstones(db, { beforeMs: OLDEST_MS, sliceRows: 100, maxSlices: 10 });
    expect(await redriven(change("friends-added", OLDEST_MS - 2, [bob]))).toEqual({
      outcome: "too-old",
      status: "waiting",
    });
    expect(await storedFriends()).toEqual([]);
  });

  it.for([
    ["older", "friends-added", OLDEST_MS - 3, ["bob"]],
    ["newer", "friends-deleted", OLDEST_MS - 1, []],
  ] as const)(
    "compares an addition with a row that is %s",
    async ([, type, atMs, friends], { expect }) => {
      await applyFriendsChanged(db, [change(type, atMs, [bob])]);
      const { outcome } = await redriven(change("friends-added", OLDEST_MS - 2, [bob]));
      expect(outcome).toBe("redriven");
      expect(await current()).toEqual(friends);
    },
  );

  it("applies of an addition the pairs that have a row, and waits for the others", async ({
    expect,
  }) => {
    await applyFriendsChanged(db, [change("friends-deleted", OLDEST_MS - 9, [carol])]);
    expect(await redriven(change("friends-added", OLDEST_MS - 2, [bob, carol]))).toEqual({
      outcome: "too-old",
      status: "waiting",
    });
    expect(await current()).toEqual(["carol"]);
  });

  it("settles a deletion, and makes no row of a pair that has none", async ({ expect }) => {
    await applyFriendsChanged(db, [change("friends-added", OLDEST_MS - 9, [carol])]);
    expect(await redriven(change("friends-deleted", OLDEST_MS - 2, [bob, carol]))).toEqual({
      outcome: "redriven",
      status: "redriven",
    });
    expect(await storedFriends()).toMatchObject([
      { friend_id: "carol", deleted_at: OLDEST_MS - 2 },
    ]);
  });

  it("applies an addition as a whole when an operator has checked it", async ({ expect }) => {
    const old = change("friends-added", OLDEST_MS - 2, [bob]);
    expect(await redriven(old, { isChecked: true })).toEqual({
      outcome: "redriven",
      status: "redriven",
    });
    expect(await current()).toEqual(["bob"]);
  });

  it("takes an event of exactly the oldest time for young enough", async ({ expect }) => {
    expect((await redriven(change("friends-added", OLDEST_MS, [bob]))).outcome).toBe("redriven");
    expect(await current()).toEqual(["bob"]);
  });

  it("does not ask the age of a record of responses", async ({ expect }) => {
    expect((await redriven(record(OLDEST_MS - 1))).outcome).toBe("redriven");
    const { results } = await db.prepare("SELECT at FROM friend_responses").all();
    expect(results).toEqual([{ at: OLDEST_MS - 1 }]);
  });
});

describe("redriving", () => {
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
      const outcomes = await redrive(db, letters, {
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
    await redrive(counting, letters, { oldestMs: OLDEST_MS, nowMs: NOW_MS, isChecked: false });
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
  const redriving = redrive(away, stored, {
    oldestMs: OLDEST_MS,
    nowMs: NOW_MS,
    isChecked: false,
  });
  await expect(redriving).rejects.toThrow("Network connection lost.");
  expect(await storedDeadLetters()).toMatchObject([{ status: "waiting" }, { status: "waiting" }]);
});
