import { env } from "cloudflare:workers";
import { describe, it } from "vitest";
import { readFriends, readFriendship } from "../../src/api/friends.ts";
import { friendsQuery } from "../../src/api/parameters.ts";
import { removeTombstones } from "../../src/db/friends/tombstones.ts";
import { countedDb } from "../support/counted.ts";
import { added, deleted } from "../support/graph.ts";

const ALL_TOMBSTONES = { beforeMs: 1_000_000, sliceRows: 3, maxSlices: 100 };

const ids = (count: number) => Array.from({ length: count }, (_, index) => `f${100 + index}`);
const list = (count: number) => ids(count).map((id) => ["alice", id] as const);

/** Reads as a URL would ask. */
async function page(query: Record<string, string> = {}, db = env.DB) {
  const result = await readFriends(db, "alice", friendsQuery.parse(query));
  if (!result.ok) throw new Error(result.reason);
  return result.page;
}

describe("a page of friends", () => {
  it("costs its rows and the tombstones between them, and two for where increments begin", async ({
    expect,
  }) => {
    await added(list(10));
    await added([["bob", "alice"]]);
    await deleted([
      ["alice", "f101"],
      ["alice", "f102"],
    ]);
    const first = countedDb(env.DB);
    const { friends, cursor } = await page({ limit: "4" }, first.binding);
    expect(friends.map(({ friendId }) => friendId)).toEqual(["f100", "f103", "f104", "f105"]);
    expect(first.count.reads).toEqual([2, 4 + 2]);

    const next = countedDb(env.DB);
    const rest = await page({ limit: "4", cursor: String(cursor) }, next.binding);
    expect(rest.friends.map(({ friendId }) => friendId)).toEqual(["f106", "f107", "f108", "f109"]);
    expect(next.count.reads).toEqual([4]);

    const end = countedDb(env.DB);
    expect(await page({ limit: "4", cursor: String(rest.cursor) }, end.binding)).toMatchObject({
      friends: [],
      cursor: null,
    });
    // The list ends where another user's begins.
    expect(end.count.reads).toEqual([1]);
  });

  it("neither repeats nor hides a friend while others come and go", async ({ expect }) => {
    await added(list(6));
    const first = await page({ limit: "3" });
    // One that was on the page goes, one comes before the cursor and one behind it.
    await deleted([["alice", "f101"]]);
    await added([
      ["alice", "f1000"],
      ["alice", "f1999"],
    ]);
    const second = await page({ limit: "3", cursor: String(first.cursor) });
    const third = await page({ limit: "3", cursor: String(second.cursor) });
    expect(
      [first, second, third].map(({ friends }) => friends.map((each) => each.friendId)),
    ).toEqual([["f100", "f101", "f102"], ["f103", "f104", "f105"], ["f1999"]]);
    expect(third.cursor).toBeNull();
  });

  it("is the one of the cursor, where an older token comes along", async ({ expect }) => {
    const { since } = await page();
    await added(list(4));
    const { cursor } = await page({ limit: "2" });
    await added([["alice", "f0"]]);
    const { friends } = await page({ cursor: String(cursor), since });
    expect(friends.map(({ friendId }) => friendId)).toEqual(["f102", "f103"]);
  });

  it("tells with which token the changes during the reading are found", async ({ expect }) => {
    await added(list(4));
    const first = await page({ limit: "2" });
    await deleted([["alice", "f100"]]);
    const second = await page({ limit: "2", cursor: String(first.cursor) });
    expect(second.since).toBe(first.since);
    expect(await page({ since: second.since })).toMatchObject({
      friends: [],
      deleted: [{ friendId: "f100", deletedAt: 2_000 }],
      cursor: null,
    });
  });
});

describe("what changed since", () => {
  it("costs the user's own rows, however many there are of others", async ({ expect }) => {
    await added(list(10));
    await added(ids(50).map((id) => [id, "alice"] as const));
    const { since } = await page();
    await added(list(3), 5_000);
    const { binding: db, count } = countedDb(env.DB);
    const changed = await page({ since }, db);
    expect(changed.friends.map(({ friendId, addedAt }) => `${friendId} ${addedAt}`)).toEqual([
      "f100 5000",
      "f101 5000",
      "f102 5000",
    ]);
    // The list ends where another user's begins.
    expect(count.reads).toEqual([2, 10 + 1]);
  });

  it("includes an event that comes late, with a version older than the token", async ({
    expect,
  }) => {
    await added([["alice", "bob"]], 9_000);
    const { since } = await page();
    await added([["alice", "carol"]], 1_000);
    expect((await page({ since })).friends).toMatchObject([{ friendId: "carol", addedAt: 1_000 }]);
  });

  it("is nothing after an event that changed nothing", async ({ expect }) => {
    await added([["alice", "bob"]], 9_000);
    const { since } = await page();
    await added([["alice", "bob"]], 9_000);
    await deleted([["alice", "bob"]], 8_000);
    expect(await page({ since })).toMatchObject({ friends: [], deleted: [], cursor: null });
  });

  it("is read page by page for the same rows in all, and leaves what changes then to the next", async ({
    expect,
  }) => {
    const { since } = await page();
    await added(list(5));
    const { binding: db, count } = countedDb(env.DB);
    const first = await page({ since, limit: "2" }, db);
    // One that was read and one that was not.
    await deleted([
      ["alice", "f100"],
      ["alice", "f104"],
    ]);
    const second = await page({ cursor: String(first.cursor), limit: "2" }, db);
    expect([first, second].flatMap(({ friends }) => friends.map((f) => f.friendId))).toEqual([
      "f100",
      "f101",
      "f102",
      "f103",
    ]);
    const third = await page({ cursor: String(second.cursor), limit: "2" }, db);
    expect(third).toEqual({ friends: [], deleted: [], cursor: null, since: first.since });
    expect(count.reads).toEqual([2, 2, 1, 2, 1, 1]);
    expect((await page({ since: third.since })).deleted.map((each) => each.friendId)).toEqual([
      "f100",
      "f104",
    ]);
  });

  it("goes on in the middle of one change", async ({ expect }) => {
    const { since } = await page();
    await added(list(5));
    const first = await page({ since, limit: "2" });
    const second = await page({ cursor: String(first.cursor), limit: "2" });
    const third = await page({ cursor: String(second.cursor), limit: "2" });
    expect([first, second, third].flatMap(({ friends }) => friends.map((f) => f.friendId))).toEqual(
      ids(5),
    );
    expect(third.cursor).toBeNull();
    expect((await page({ since: third.since })).friends).toEqual([]);
  });

  it("is refused when a deletion since then is forgotten, and only then", async ({ expect }) => {
    await added(list(3));
    const { since: before } = await page();
    await deleted([["alice", "f100"]]);
    const { since: after } = await page();
    await removeTombstones(env.DB, ALL_TOMBSTONES);
    const query = friendsQuery.parse({ since: before });
    expect(await readFriends(env.DB, "alice", query)).toEqual({
      ok: false,
      reason: "since-expired",
    });
    expect(await page({ since: after })).toMatchObject({ friends: [], deleted: [] });
    expect((await page()).friends.map(({ friendId }) => friendId)).toEqual(["f101", "f102"]);
  });
});

describe("a friendship", () => {
  it.for([
    [
      [
        ["alice", "bob"],
        ["bob", "alice"],
      ],
      "mutual",
    ],
    [[["alice", "bob"]], "outgoing"],
    [[["bob", "alice"]], "incoming"],
    [[], "none"],
  ] as const)("of %j is %s, for two rows at most", async ([pairs, direction], { expect }) => {
    await added(pairs, 7_000);
    await added([["alice", "carol"]]);
    const { binding: db, count } = countedDb(env.DB);
    expect(await readFriendship(db, "alice", "bob")).toEqual({
      userId: "alice",
      friendId: "bob",
      direction,
      addedAt: direction === "mutual" || direction === "outgoing" ? 7_000 : null,
      addedBackAt: direction === "mutual" || direction === "incoming" ? 7_000 : null,
    });
    expect(count.reads).toEqual([pairs.length]);
  });

  it("that was deleted is none", async ({ expect }) => {
    await added([["alice", "bob"]]);
    await deleted([["alice", "bob"]]);
    const { binding: db, count } = countedDb(env.DB);
    expect(await readFriendship(db, "alice", "bob")).toMatchObject({ direction: "none" });
    expect(count.reads).toEqual([1]);
  });
});
