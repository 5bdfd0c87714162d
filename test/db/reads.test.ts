import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, it } from "vitest";
import { readFriendship } from "../../src/api/friends.ts";
import { encodeToken } from "../../src/api/tokens.ts";
import { removeTombstones } from "../../src/db/pairs/tombstones.ts";
import { toOrderKey } from "../../src/events/order-key.ts";
import { SINCE_OVERLAP_MS } from "../../src/limits.ts";
import { countedDb } from "../support/counted.ts";
import { passTime } from "../support/database-clock.ts";
import { oneDatabase } from "../support/databases.ts";
import { added, blocked, deleted, mutual, unblocked } from "../support/graph.ts";
import { apply, type Directed, LISTS, type List } from "../support/lists.ts";
import { slices } from "../support/sweep.ts";

const ALL_TOMBSTONES = {
  beforeMs: Number.MAX_SAFE_INTEGER,
  sliceRows: 3,
  get draw() {
    return slices(100);
  },
};

const ids = (count: number) => Array.from({ length: count }, (_, index) => `f${100 + index}`);
const list = (count: number) => ids(count).map((id) => ["alice", id] as const);

/** What the tests below do with one of the lists. */
const playing = (lists: List) => ({
  add: (pairs: readonly Directed[], atMs = 1_000) =>
    apply(lists, [lists.added(pairs, toOrderKey(atMs))]),
  remove: (pairs: readonly Directed[], atMs = 2_000) =>
    apply(lists, [lists.deleted(pairs, toOrderKey(atMs))]),
  async page(query: Record<string, string> = {}, db = env.DB) {
    const page = await lists.read("alice", query, db);
    if (page === undefined) throw new Error("since-expired");
    return page;
  },
});

describe.for(LISTS)("a page of $kind", (lists) => {
  const { add, remove, page } = playing(lists);

  it.for([
    [0, 1],
    [1, 0],
  ] as const)(
    "of what changed has what was written %i ms before it began: %i rows",
    async ([before, rows], { expect }) => {
      const at = 1_700_000_000_000;
      await add(list(1));
      await env.DB.prepare(`UPDATE ${lists.kind} SET changed_at = ?1`)
        .bind(at - before)
        .run();
      const { added } = await page({ since: encodeToken(["since", at]) });
      expect(added).toHaveLength(rows);
    },
  );

  it("costs its rows and the tombstones between them, and one for where increments begin", async ({
    expect,
  }) => {
    await add(list(10));
    await add([["bob", "alice"]]);
    await remove([
      ["alice", "f101"],
      ["alice", "f102"],
    ]);
    const first = countedDb(env.DB);
    const { added, cursor } = await page({ limit: "4" }, first.binding);
    expect(added.map(({ id }) => id)).toEqual(["f100", "f103", "f104", "f105"]);
    expect(first.count).toMatchObject({ reads: [1, 4 + 2], rowsWritten: 0 });

    const next = countedDb(env.DB);
    const rest = await page({ limit: "4", cursor: String(cursor) }, next.binding);
    expect(rest.added.map(({ id }) => id)).toEqual(["f106", "f107", "f108", "f109"]);
    expect(next.count).toMatchObject({ reads: [4], rowsWritten: 0 });

    const end = countedDb(env.DB);
    expect(await page({ limit: "4", cursor: String(rest.cursor) }, end.binding)).toMatchObject({
      added: [],
      cursor: null,
    });
    // The list ends where another user's begins.
    expect(end.count.reads).toEqual([1]);
  });

  it("neither repeats nor hides anybody while others come and go", async ({ expect }) => {
    await add(list(6));
    const first = await page({ limit: "3" });
    // One that was on the page goes, one comes before the cursor and one behind it.
    await remove([["alice", "f101"]]);
    await add([
      ["alice", "f1000"],
      ["alice", "f1999"],
    ]);
    const second = await page({ limit: "3", cursor: String(first.cursor) });
    const third = await page({ limit: "3", cursor: String(second.cursor) });
    expect([first, second, third].map(({ added }) => added.map((each) => each.id))).toEqual([
      ["f100", "f101", "f102"],
      ["f103", "f104", "f105"],
      ["f1999"],
    ]);
    expect(third.cursor).toBeNull();
  });

  it("is the one of the cursor, where an older token comes along", async ({ expect }) => {
    const { since } = await page();
    await add(list(4));
    const { cursor } = await page({ limit: "2" });
    await add([["alice", "f0"]]);
    const { added } = await page({ cursor: String(cursor), since });
    expect(added.map(({ id }) => id)).toEqual(["f102", "f103"]);
  });

  it("tells with which token the changes during the reading are found", async ({ expect }) => {
    await add(list(4));
    await passTime(SINCE_OVERLAP_MS + 1);
    const first = await page({ limit: "2" });
    await remove([["alice", "f100"]]);
    const second = await page({ limit: "2", cursor: String(first.cursor) });
    expect(second.since).toBe(first.since);
    expect(await page({ since: second.since })).toMatchObject({
      added: [],
      deleted: [{ id: "f100", at: 2_000 }],
      cursor: null,
    });
  });
});

describe.for(LISTS)("what changed of $kind since", (lists) => {
  const { add, remove, page } = playing(lists);

  it("costs the user's own rows, however many there are of others", async ({ expect }) => {
    await add(list(10));
    await add(ids(50).map((id) => [id, "alice"] as const));
    await passTime(SINCE_OVERLAP_MS + 1);
    const { since } = await page();
    await add(list(3), 5_000);
    const { binding: db, count } = countedDb(env.DB);
    const changed = await page({ since }, db);
    expect(changed.added.map(({ id, at }) => `${id} ${at}`)).toEqual([
      "f100 5000",
      "f101 5000",
      "f102 5000",
    ]);
    // The list ends where another user's begins.
    expect(count).toMatchObject({ reads: [1, 10 + 1], rowsWritten: 0 });
  });

  it("includes an event that comes late, with a version older than the token", async ({
    expect,
  }) => {
    await add([["alice", "bob"]], 9_000);
    await passTime(SINCE_OVERLAP_MS + 1);
    const { since } = await page();
    await add([["alice", "carol"]], 1_000);
    expect((await page({ since })).added).toEqual([{ id: "carol", at: 1_000 }]);
  });

  it("is nothing after an event that changed nothing", async ({ expect }) => {
    await add([["alice", "bob"]], 9_000);
    await passTime(SINCE_OVERLAP_MS + 1);
    const { since } = await page();
    await add([["alice", "bob"]], 9_000);
    await remove([["alice", "bob"]], 8_000);
    expect(await page({ since })).toMatchObject({ added: [], deleted: [], cursor: null });
  });

  it("has what was written in the minutes before once more", async ({ expect }) => {
    await add([["alice", "bob"]]);
    await passTime(SINCE_OVERLAP_MS - 60_000);
    const { since } = await page();
    expect((await page({ since })).added).toEqual([{ id: "bob", at: 1_000 }]);
    await passTime(60_001);
    expect(await page({ since: (await page()).since })).toMatchObject({ added: [] });
  });

  it("is read page by page for the same rows in all, and has what changes then in the next", async ({
    expect,
  }) => {
    const { since } = await page();
    await add(list(5));
    const { binding: db, count } = countedDb(env.DB);
    const first = await page({ since, limit: "2" }, db);
    // One that was read and one that was not.
    await remove([
      ["alice", "f100"],
      ["alice", "f104"],
    ]);
    const second = await page({ cursor: String(first.cursor), limit: "2" }, db);
    expect([first, second].flatMap(({ added }) => added.map((each) => each.id))).toEqual([
      "f100",
      "f101",
      "f102",
      "f103",
    ]);
    const third = await page({ cursor: String(second.cursor), limit: "2" }, db);
    expect(third).toEqual({
      added: [],
      deleted: [{ id: "f104", at: 2_000 }],
      cursor: null,
      since: first.since,
    });
    expect(count).toMatchObject({ reads: [1, 2, 1, 2, 1, 1], rowsWritten: 0 });
    expect((await page({ since: third.since })).deleted.map((each) => each.id)).toEqual([
      "f100",
      "f104",
    ]);
  });

  it("goes on in the middle of one change", async ({ expect }) => {
    const { since } = await page();
    await add(list(5));
    const first = await page({ since, limit: "2" });
    const second = await page({ cursor: String(first.cursor), limit: "2" });
    const third = await page({ cursor: String(second.cursor), limit: "2" });
    expect([first, second, third].flatMap(({ added }) => added.map((each) => each.id))).toEqual(
      ids(5),
    );
    expect(third.cursor).toBeNull();
  });

  it("is refused when a deletion since then is forgotten, and only then", async ({ expect }) => {
    await add(list(3));
    const { since: before } = await page();
    const { cursor } = await page({ since: before, limit: "1" });
    await remove([["alice", "f100"]]);
    await passTime(SINCE_OVERLAP_MS + 1);
    const { since: after } = await page();
    await removeTombstones(env.DB, lists.table, ALL_TOMBSTONES);
    expect(await lists.read("alice", { since: before })).toBeUndefined();
    expect(await lists.read("alice", { cursor: String(cursor) })).toBeUndefined();
    expect(await page({ since: after })).toMatchObject({ added: [], deleted: [] });
    expect((await page()).added.map(({ id }) => id)).toEqual(["f101", "f102"]);
  });
});

describe.for(LISTS)("tokens of $kind that are numbers of periods", (lists) => {
  const { add, page } = playing(lists);

  it("have expired, and a list that was begun then expires at its end", async ({ expect }) => {
    await reset();
    const timed = env.TEST_MIGRATIONS.findIndex(({ name }) => name.startsWith("0013"));
    await applyD1Migrations(env.DB, env.TEST_MIGRATIONS.slice(0, timed));
    await env.DB.exec(
      `INSERT INTO ${lists.kind} (user_id, ${lists.other}, order_key, added_at, change)
VALUES ('alice', 'bob', 1, 1000, 7), ('alice', 'carol', 1, 1000, 9)`.replace("\n", " "),
    );
    await env.DB.exec("UPDATE friend_changes SET current = 10, removed = 3");
    await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);

    const of = (...key: (string | number)[]) => encodeToken(key);
    for (const token of [of("since", 4), of("since", 10)]) {
      expect(await lists.read("alice", { since: token })).toBeUndefined();
    }
    const cursor = of("changes", 4, 9, "bob");
    expect(await lists.read("alice", { cursor })).toBeUndefined();
    const begun = await page({ cursor: of("list", 9, 9, "bob") });
    expect(begun.added.map(({ id }) => id)).toEqual(["carol"]);
    expect(await lists.read("alice", { since: begun.since })).toBeUndefined();

    const { added, since } = await page();
    expect(added.map(({ id }) => id)).toEqual(["bob", "carol"]);
    await add([["alice", "dora"]]);
    expect((await page({ since })).added.map(({ id }) => id)).toEqual(["dora"]);
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
  ] as const)("of %j is %s, for a row each", async ([pairs, direction], { expect }) => {
    await added(pairs, 7_000);
    await added([["alice", "carol"]]);
    const { binding: db, count } = countedDb(env.DB);
    expect(await readFriendship(oneDatabase(db), "alice", "bob")).toEqual({
      userId: "alice",
      friendId: "bob",
      direction,
      addedAt: direction === "mutual" || direction === "outgoing" ? 7_000 : null,
      addedBackAt: direction === "mutual" || direction === "incoming" ? 7_000 : null,
      blockedAt: null,
      blockedBackAt: null,
    });
    expect(count.reads).toEqual([pairs.length]);
  });

  it.for([
    [[["alice", "bob"]], 3_000, null],
    [[["bob", "alice"]], null, 3_000],
    [
      [
        ["alice", "bob"],
        ["bob", "alice"],
      ],
      3_000,
      3_000,
    ],
  ] as const)(
    "of mutual friends, and blocks %j: since when each has blocked the other",
    async ([pairs, blockedAt, blockedBackAt], { expect }) => {
      await added(mutual(["alice", "bob"]), 7_000);
      await blocked([...pairs, ["alice", "carol"], ["carol", "alice"]], 3_000);
      const { binding: db, count } = countedDb(env.DB);
      expect(await readFriendship(oneDatabase(db), "alice", "bob")).toMatchObject({
        direction: "mutual",
        addedAt: 7_000,
        blockedAt,
        blockedBackAt,
      });
      expect(count.reads).toEqual([2 + pairs.length]);
    },
  );

  it("that was deleted is none, and a block that was taken back neither", async ({ expect }) => {
    await added(mutual(["alice", "bob"]));
    await deleted(mutual(["alice", "bob"]));
    await blocked(mutual(["alice", "bob"]));
    await unblocked(mutual(["alice", "bob"]));
    const { binding: db, count } = countedDb(env.DB);
    expect(await readFriendship(oneDatabase(db), "alice", "bob")).toMatchObject({
      direction: "none",
      blockedAt: null,
      blockedBackAt: null,
    });
    // Never more than four rows.
    expect(count.reads).toEqual([4]);
  });
});
