import { env } from "cloudflare:workers";
import { describe, it } from "vitest";
import type { FriendList } from "../../src/db/pairs/drift.ts";
import { compareLists, repair } from "../../src/db/pairs/lists.ts";
import { readUserIds } from "../../src/db/pairs/users.ts";
import { toOrderKey } from "../../src/events/order-key.ts";
import { SINCE_OVERLAP_MS } from "../../src/limits.ts";
import { countedDb } from "../support/counted.ts";
import { passTime } from "../support/database-clock.ts";
import { added, deleted } from "../support/graph.ts";
import { friendList } from "../support/lists.ts";
import { storedFriends } from "../support/worker.ts";

const READ_AT = 1_000_000;
const MAX_ROWS = 50_000;

const ids = (count: number) => Array.from({ length: count }, (_, index) => `f${100_000 + index}`);
const listOf = (userId: string, friends: readonly string[], readAt = READ_AT): FriendList => ({
  ...{ userId, readAt },
  friends: friends.map((friendId) => ({ friendId })),
});
const pairsOf = (userId: string, friends: readonly string[]) =>
  friends.map((friendId) => [userId, friendId] as const);

async function reconcile(lists: readonly FriendList[], db: D1Database = env.DB) {
  const drift = await compareLists(db, lists, MAX_ROWS);
  if (drift === undefined) throw new Error("too many rows");
  const { friends, unchanged, missing, extra } = drift;
  const repaired = await repair(db, drift);
  return { friends, unchanged, missing: missing.length, extra: extra.length, repaired };
}

describe("a list that the table agrees with", () => {
  it("writes nothing, and reads its rows in one statement", async ({ expect }) => {
    const friends = ids(10_000);
    await added(pairsOf("alice", friends));
    await added(pairsOf("bob", friends.slice(0, 50)));
    const { binding, count } = countedDb(env.DB);
    expect(await reconcile([listOf("alice", friends)], binding)).toEqual({
      ...{ friends: 10_000, unchanged: 10_000, missing: 0, extra: 0, repaired: 0 },
    });
    expect(count).toMatchObject({ statements: 1, rowsWritten: 0 });
    expect(count.rowsRead).toBeLessThanOrEqual(10_000 + 2);
  });

  it("is compared with 199 others in one statement, for three rows a user more", async ({
    expect,
  }) => {
    const users = ids(200);
    await added(users.flatMap((user) => pairsOf(user, ids(10))));
    const { binding, count } = countedDb(env.DB);
    const lists = users.map((user) => listOf(user, ids(10)));
    expect(await reconcile(lists, binding)).toMatchObject({ unchanged: 2_000, repaired: 0 });
    expect(count).toMatchObject({ statements: 1, rowsWritten: 0 });
    expect(count.rowsRead).toBeLessThanOrEqual(2_000 + 3 * 200);
  });

  it("is nobody's where there are no lists", async ({ expect }) => {
    await added(pairsOf("alice", ids(3)));
    expect(await reconcile([])).toMatchObject({ friends: 0, extra: 0, repaired: 0 });
  });
});

describe("a list that the table does not agree with", () => {
  it("is in the table after two statements, which write a row for each difference", async ({
    expect,
  }) => {
    await added([...pairsOf("alice", ["both", "extra"]), ...pairsOf("bob", ["extra"])]);
    const { binding, count } = countedDb(env.DB);
    const lists = [listOf("alice", ["both", "missing"]), listOf("bob", [])];
    expect(await reconcile(lists, binding)).toEqual({
      ...{ friends: 2, unchanged: 1, missing: 1, extra: 2, repaired: 3 },
    });
    expect(count).toMatchObject({ statements: 2, rowsWritten: 3 });
    expect(
      (await storedFriends()).map((row) => [row.user_id, row.friend_id, row.added_at]),
    ).toEqual([
      ["alice", "both", 1_000],
      ["alice", "extra", null],
      ["alice", "missing", READ_AT],
      ["bob", "extra", null],
    ]);
  });

  it("leaves rows as events of the time of its reading would", async ({ expect }) => {
    await added(pairsOf("alice", ["gone"]));
    const friends = [{ friendId: "told", addedAt: 5_000, source: "AddSource_Type_Web" }];
    await reconcile([{ userId: "alice", readAt: READ_AT, friends }]);
    const row = { user_id: "alice", order_key: toOrderKey(READ_AT), initiator_id: null };
    const nothing = { admin_id: null, forced: 0 };
    expect(await storedFriends()).toEqual([
      {
        ...row,
        ...nothing,
        ...{ friend_id: "gone", added_at: null, deleted_at: READ_AT, source: null },
      },
      {
        ...row,
        ...nothing,
        ...{ friend_id: "told", added_at: 5_000, deleted_at: null, source: "AddSource_Type_Web" },
      },
    ]);
  });

  it("names itself as the source where the list has none", async ({ expect }) => {
    await reconcile([listOf("alice", ["bob"])]);
    expect(await storedFriends()).toMatchObject([{ source: "reconcile", added_at: READ_AT }]);
  });

  it("changes nothing when it comes again", async ({ expect }) => {
    await added(pairsOf("alice", ["extra"]));
    await deleted(pairsOf("alice", ["missing"]));
    const list = listOf("alice", ["missing"]);
    expect(await reconcile([list])).toMatchObject({ missing: 1, extra: 1, repaired: 2 });
    const before = await storedFriends();
    expect(await reconcile([list])).toMatchObject({
      missing: 0,
      extra: 0,
      unchanged: 1,
      repaired: 0,
    });
    expect(await storedFriends()).toEqual(before);
  });

  it("loses against an event of a later time that comes between comparing and repairing", async ({
    expect,
  }) => {
    await added(pairsOf("alice", ["extra"]));
    const drift = await compareLists(env.DB, [listOf("alice", ["missing"])], MAX_ROWS);
    await added(pairsOf("alice", ["extra"]), READ_AT + 1);
    await deleted(pairsOf("alice", ["missing"]), READ_AT + 1);
    expect(drift && (await repair(env.DB, drift))).toBe(0);
    expect((await storedFriends()).map((row) => [row.friend_id, row.added_at])).toEqual([
      ["extra", READ_AT + 1],
      ["missing", null],
    ]);
  });

  it("is found in the next increment, repaired rows and deleted ones", async ({ expect }) => {
    await added(pairsOf("alice", ["both", "extra"]));
    await passTime(SINCE_OVERLAP_MS + 1);
    const { since = "" } = (await friendList.read("alice")) ?? {};
    await reconcile([listOf("alice", ["both", "missing"])]);
    expect(await friendList.read("alice", { since })).toMatchObject({
      added: [{ id: "missing" }],
      deleted: [{ id: "extra" }],
    });
  });
});

describe("lists of users with more rows than are compared at once", () => {
  it("are not compared", async ({ expect }) => {
    await added(pairsOf("alice", ids(6)));
    const { binding, count } = countedDb(env.DB);
    expect(await compareLists(binding, [listOf("alice", [])], 5)).toBeUndefined();
    expect(count.rowsRead).toBeLessThanOrEqual(5 + 3);
    expect(await compareLists(env.DB, [listOf("alice", [])], 6)).toMatchObject({
      extra: ids(6).map((friendId) => ({ friendId })),
    });
  });
});

describe("the users whose friends are known", () => {
  it("are read for two rows each and a few, however many friends they have", async ({ expect }) => {
    const users = ids(50);
    for (const user of users) await added(pairsOf(user, ids(100)));
    await deleted(pairsOf("gone", ["alice"]));
    const { binding, count } = countedDb(env.DB);
    expect(await readUserIds(binding, "", 100)).toEqual([...users, "gone"]);
    expect(count.statements).toBe(1);
    expect(count.rowsRead).toBeLessThanOrEqual(2 * 51 + 4);
  });

  it("are read a page at a time, in the order of their ids", async ({ expect }) => {
    await added([...pairsOf("c", ["x"]), ...pairsOf("a", ["x", "y"]), ...pairsOf("b", ["x"])]);
    expect(await readUserIds(env.DB, "", 2)).toEqual(["a", "b"]);
    expect(await readUserIds(env.DB, "b", 2)).toEqual(["c"]);
    expect(await readUserIds(env.DB, "c", 2)).toEqual([]);
  });
});
