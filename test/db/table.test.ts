import { env } from "cloudflare:workers";
import { describe, it } from "vitest";
import { applyPairs } from "../../src/db/pairs/apply.ts";
import { FRIENDS } from "../../src/db/pairs/table.ts";
import { jsonByteLength } from "../../src/events/chunks.ts";
import type { FriendsChanged, Pair } from "../../src/events/kinds.ts";
import { toOrderKey } from "../../src/events/order-key.ts";
import { faultyDatabase } from "../support/faults.ts";
import { apply, blackList, friendList, LISTS, stored } from "../support/lists.ts";
import { blacklistAdd, blacklistDelete, friendAdd, friendDelete } from "../support/tencent.ts";
import { callback, deliver, envWith, heldQueue, storedFriends } from "../support/worker.ts";

function event(
  type: FriendsChanged["type"],
  orderKey: number,
  pairs: Pair[],
  attributes: Partial<FriendsChanged> = {},
): FriendsChanged {
  return { v: 2, type, orderKey, source: null, adminId: null, forced: false, pairs, ...attributes };
}

const added = (orderKey: number, ...pairs: Pair[]) => event("friends-added", orderKey, pairs);
const deleted = (orderKey: number, ...pairs: Pair[]) => event("friends-deleted", orderKey, pairs);
const AB: Pair = ["a", "b", "a"];

/** So many pairs, no two of them alike. */
function pairsOf(count: number, prefix = "f"): Pair[] {
  return Array.from({ length: count }, (_, index) => ["user", `${prefix}${index}`, "user"]);
}

const friendRow = {
  user_id: "a",
  friend_id: "b",
  order_key: 1,
  added_at: 1,
  deleted_at: null,
  initiator_id: null,
  source: null,
  admin_id: null,
  forced: 0,
};
const goneFriendRow = { ...friendRow, added_at: null, deleted_at: 1 };
const blacklistRow = {
  user_id: "a",
  blocked_id: "b",
  order_key: 1,
  added_at: 1,
  deleted_at: null,
  changed_at: 1,
};

const TABLES: {
  table: string;
  row: Record<string, unknown>;
  bad: [constraint: string, Record<string, unknown>][];
}[] = [
  {
    table: "friends",
    row: friendRow,
    bad: [
      ["friends_user_id_not_empty", { ...friendRow, user_id: "" }],
      ["friends_friend_id_not_empty", { ...friendRow, friend_id: "" }],
      ["friends_version_positive", { ...friendRow, order_key: 0 }],
      ["friends_added_or_deleted", { ...friendRow, added_at: null }],
      ["friends_added_or_deleted", { ...friendRow, deleted_at: 1 }],
      ["friends_deleted_keeps_nothing", { ...goneFriendRow, initiator_id: "a" }],
      ["friends_deleted_keeps_nothing", { ...goneFriendRow, source: "friend_add" }],
      ["friends_deleted_keeps_nothing", { ...goneFriendRow, admin_id: "admin" }],
      ["friends_deleted_keeps_nothing", { ...goneFriendRow, forced: 1 }],
      ["friends_forced_is_flag", { ...friendRow, forced: 2 }],
      ["NOT NULL constraint failed: friends.user_id", { ...friendRow, user_id: null }],
      ["UNIQUE constraint failed: friends.user_id, friends.friend_id", friendRow],
      [
        "cannot store TEXT value in INTEGER column friends.order_key",
        { ...friendRow, order_key: "x" },
      ],
    ],
  },
  {
    table: "blacklist",
    row: blacklistRow,
    bad: [
      ["blacklist_user_id_not_empty", { ...blacklistRow, user_id: "" }],
      ["blacklist_blocked_id_not_empty", { ...blacklistRow, blocked_id: "" }],
      ["blacklist_order_key_positive", { ...blacklistRow, order_key: 0 }],
      ["blacklist_added_or_deleted", { ...blacklistRow, added_at: null }],
      ["blacklist_added_or_deleted", { ...blacklistRow, deleted_at: 1 }],
      ["NOT NULL constraint failed: blacklist.user_id", { ...blacklistRow, user_id: null }],
      ["NOT NULL constraint failed: blacklist.changed_at", { ...blacklistRow, changed_at: null }],
      ["UNIQUE constraint failed: blacklist.user_id, blacklist.blocked_id", blacklistRow],
      [
        "cannot store TEXT value in INTEGER column blacklist.order_key",
        { ...blacklistRow, order_key: "x" },
      ],
    ],
  },
];

describe.for(TABLES)("a row of $table", ({ table, row, bad }) => {
  function insert(values: Record<string, unknown>): Promise<unknown> {
    const columns = Object.keys(values);
    return env.DB.prepare(
      `INSERT INTO ${table} (${columns}) VALUES (${columns.map((_, index) => `?${index + 1}`)})`,
    )
      .bind(...Object.values(values))
      .run();
  }

  it.for(bad)("is refused by %s: %o", async ([constraint, values], { expect }) => {
    if (values === row) await insert(row);
    await expect(insert(values)).rejects.toThrow(constraint);
  });

  it.for([row, { ...row, added_at: null, deleted_at: 1 }])(
    "is kept: %o",
    async (good, { expect }) => {
      await insert(good);
      expect(await env.DB.prepare(`SELECT * FROM ${table}`).first()).toMatchObject(good);
    },
  );
});

describe("what a row of friends holds", () => {
  const full = event("friends-added", toOrderKey(1_000), [AB], {
    source: "friend_add",
    adminId: "admin",
    forced: true,
  });

  it("is everything that is known of an addition", async ({ expect }) => {
    await applyPairs(env.DB, FRIENDS, [full]);
    expect(await storedFriends()).toEqual([
      {
        user_id: "a",
        friend_id: "b",
        order_key: 1_024_000,
        added_at: 1_000,
        deleted_at: null,
        initiator_id: "a",
        source: "friend_add",
        admin_id: "admin",
        forced: 1,
      },
    ]);
  });

  it("is, after a deletion, nothing but when it was", async ({ expect }) => {
    await applyPairs(env.DB, FRIENDS, [full]);
    await applyPairs(env.DB, FRIENDS, [deleted(toOrderKey(2_000), AB)]);
    expect(await storedFriends()).toEqual([
      {
        user_id: "a",
        friend_id: "b",
        order_key: 2_048_000,
        added_at: null,
        deleted_at: 2_000,
        initiator_id: null,
        source: null,
        admin_id: null,
        forced: 0,
      },
    ]);
  });

  it("is, after a second addition, the second one's, added_at too", async ({ expect }) => {
    await applyPairs(env.DB, FRIENDS, [full]);
    await applyPairs(env.DB, FRIENDS, [added(toOrderKey(3_000), AB)]);
    expect(await storedFriends()).toMatchObject([
      { added_at: 3_000, source: null, admin_id: null, forced: 0 },
    ]);
  });

  it("stays when an addition comes that is older", async ({ expect }) => {
    await applyPairs(env.DB, FRIENDS, [deleted(toOrderKey(2_000), AB)]);
    expect(await applyPairs(env.DB, FRIENDS, [full])).toBe(0);
    expect(await storedFriends()).toMatchObject([{ added_at: null, deleted_at: 2_000 }]);
  });

  it("is a tombstone where a deletion comes before any addition", async ({ expect }) => {
    await applyPairs(env.DB, FRIENDS, [deleted(toOrderKey(2_000), AB)]);
    expect(await storedFriends()).toMatchObject([{ added_at: null, deleted_at: 2_000 }]);
  });

  it("is the deletion where both have one order key", async ({ expect }) => {
    for (const both of [
      [added(1_024, AB), deleted(1_024, AB)],
      [deleted(1_024, AB), added(1_024, AB)],
    ]) {
      await applyPairs(env.DB, FRIENDS, both);
      expect(await storedFriends()).toMatchObject([{ deleted_at: 1 }]);
      for (const one of both) expect(await applyPairs(env.DB, FRIENDS, [one])).toBe(0);
    }
  });

  it("is the forced addition where two of one version differ in nothing else", async ({
    expect,
  }) => {
    const both = [false, true].map((forced) => event("friends-added", 1_024, [AB], { forced }));
    for (const batches of [[both], [both.toReversed()], both.map((one) => [one])]) {
      await env.DB.exec("DELETE FROM friends");
      for (const batch of batches) await applyPairs(env.DB, FRIENDS, batch);
      expect(await storedFriends()).toMatchObject([{ forced: 1 }]);
    }
  });

  it("tells apart accounts by case, and keeps text beyond ASCII", async ({ expect }) => {
    await applyPairs(env.DB, FRIENDS, [added(1_024, ["A", "é😀", null], ["a", "é😀", null])]);
    expect((await storedFriends()).map((row) => [row.user_id, row.friend_id])).toEqual([
      ["A", "é😀"],
      ["a", "é😀"],
    ]);
  });
});

describe("what a row of the blacklist holds", () => {
  const both = { user_id: "a", other_id: "b" };

  it("is since when, and after a deletion nothing but when that was", async ({ expect }) => {
    await apply(blackList, [blackList.added([["a", "b"]], toOrderKey(1_000))]);
    expect(await stored(blackList)).toEqual([
      { ...both, order_key: 1_024_000, added_at: 1_000, deleted_at: null },
    ]);
    await apply(blackList, [blackList.deleted([["a", "b"]], toOrderKey(2_000))]);
    expect(await stored(blackList)).toEqual([
      { ...both, order_key: 2_048_000, added_at: null, deleted_at: 2_000 },
    ]);
  });

  it("says nothing of a friendship of the two, nor a friendship of it", async ({ expect }) => {
    await apply(friendList, [friendList.added([["a", "b"]], toOrderKey(1_000))]);
    const friends = await stored(friendList);
    await apply(blackList, [blackList.added([["a", "b"]], toOrderKey(2_000))]);
    expect(await stored(friendList)).toEqual(friends);
    await apply(friendList, [friendList.deleted([["a", "b"]], toOrderKey(3_000))]);
    expect(await stored(blackList)).toMatchObject([{ added_at: 2_000 }]);
  });
});

describe.for(LISTS)("what applying to $kind costs", (list) => {
  const pairs = pairsOf(10).map(([userId, otherId]) => [userId, otherId] as const);

  it("is a row written for each pair that changed something", async ({ expect }) => {
    expect(await apply(list, [list.added(pairs, 1_024)])).toBe(10);
    expect(await apply(list, [list.added(pairs, 1_024)])).toBe(0);
    expect(await apply(list, [list.deleted(pairs, 1_023)])).toBe(0);
    expect(await apply(list, [list.deleted(pairs.slice(0, 3), 1_025)])).toBe(3);
    // A pair that changes twice in a batch is written once.
    const one = pairs.slice(0, 1);
    const thrice = [list.added(one, 1_026), list.deleted(one, 1_027), list.added(one, 1_028)];
    expect(await apply(list, thrice)).toBe(1);
  });

  it("is one statement, however many events", async ({ expect }) => {
    const db = faultyDatabase(env.DB, () => undefined);
    const events = Array.from({ length: 100 }, (_, index) =>
      list.added(
        pairs.map(([userId, otherId]) => [`${userId}${index}`, otherId]),
        1_024,
      ),
    );
    expect(await apply(list, events, db)).toBe(1_000);
    expect(db.statements).toBe(1);
  });

  it.for([[], [list.added([], 1_024)]])("is nothing without pairs", async (events, { expect }) => {
    const db = faultyDatabase(env.DB, () => undefined);
    expect(await apply(list, events, db)).toBe(0);
    expect(db.statements).toBe(0);
  });
});

describe("what applying many friendships costs", () => {
  it.for([
    [1, 1, 10],
    [100, 1, 10],
    // The most rows, and the most bytes, that a batch can bring: several parameters of D1.
    [100, 500, 32],
    [100, 151, 128],
  ] as const)(
    "is one statement for %i messages of %i pairs, with ids of %i bytes",
    async ([messages, pairs, idBytes], { expect }) => {
      const db = faultyDatabase(env.DB, () => undefined);
      const id = (text: string) => text.padStart(idBytes, "x");
      const events = Array.from({ length: messages }, (_, index) => ({
        ...added(
          1_024,
          ...pairsOf(pairs).map(([a, b]): Pair => [id(a), id(`${index}-${b}`), id(a)]),
        ),
        adminId: "x".repeat(128),
      }));
      expect(await applyPairs(db, FRIENDS, events)).toBe(messages * pairs);
      expect(db.statements).toBe(1);
      if (pairs > 1) expect(jsonByteLength(events)).toBeGreaterThan(5_000_000);
      const count = await env.DB.prepare("SELECT count(*) AS n FROM friends").first("n");
      expect(count).toBe(messages * pairs);
    },
  );

  it("is bound in parameters that are each within D1's 2 MB", async ({ expect }) => {
    const sizes: number[] = [];
    const db = faultyDatabase(env.DB, (_, parameters) => {
      sizes.push(...parameters.map((json) => new TextEncoder().encode(String(json)).length));
      return undefined;
    });
    // The bytes of these ids are three times as many as their characters.
    const events = Array.from({ length: 40 }, (_, index) =>
      added(1_024, ...pairsOf(500, `${"好".repeat(40)}${index}-`)),
    );
    expect(await applyPairs(db, FRIENDS, events)).toBe(20_000);
    expect(sizes.length).toBeGreaterThan(1);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2_000_000);
  });

  it("is one statement for 10,000 pairs", async ({ expect }) => {
    const db = faultyDatabase(env.DB, () => undefined);
    const events = Array.from({ length: 20 }, (_, index) =>
      added(1_024, ...pairsOf(500, `${index}-`)),
    );
    const startedMs = performance.now();
    expect(await applyPairs(db, FRIENDS, events)).toBe(10_000);
    console.info(`10,000 pairs in one statement: ${Math.round(performance.now() - startedMs)} ms`);
    expect(db.statements).toBe(1);
  });
});

describe.for([
  { list: friendList, add: friendAdd, remove: friendDelete },
  { list: blackList, add: blacklistAdd, remove: blacklistDelete },
])("callbacks, on their way into the table $list.kind", ({ list, add, remove }) => {
  /** Sends callbacks one after the other, and delivers the messages they made in any order. */
  async function afterCallbacks(
    bodies: readonly object[],
    order: (messages: unknown[]) => unknown[] = (messages) => messages,
  ) {
    const queue = heldQueue();
    for (const body of bodies) {
      await callback(body, { env: envWith({ FRIEND_EVENTS: queue }) });
    }
    await deliver(order(queue.messages));
    return (await stored(list)).map((row) => ({
      pair: `${row.user_id}→${row.other_id}`,
      listed: row.deleted_at === null,
    }));
  }

  it.for([
    ["as sent", (messages: unknown[]) => messages],
    ["reversed", (messages: unknown[]) => messages.toReversed()],
    ["twice each", (messages: unknown[]) => [...messages, ...messages.toReversed()]],
  ] as const)("add, delete and add of a pair end added: %s", async ([, order], { expect }) => {
    const bodies = [add(["a", "b"]), remove(["a", "b"]), add(["a", "b"])];
    expect(await afterCallbacks(bodies, order)).toEqual([{ pair: "a→b", listed: true }]);
  });

  it.for([
    ["the same body twice", [add(["a", "b"]), add(["a", "b"])], ["a→b"]],
    ["both directions in one list", [add(["a", "b"], ["b", "a"])], ["a→b", "b→a"]],
    ["the same pair twice in one list", [add(["a", "b"], ["a", "b"])], ["a→b"]],
    ["an empty list", [add()], []],
  ] as const)("%s", async ([, bodies, pairs], { expect }) => {
    expect(await afterCallbacks(bodies)).toEqual(pairs.map((pair) => ({ pair, listed: true })));
  });

  it("delete both directions of one list", async ({ expect }) => {
    await apply(list, [
      list.added(
        [
          ["a", "b"],
          ["b", "a"],
        ],
        1_024,
      ),
    ]);
    expect(await afterCallbacks([remove(["a", "b"], ["b", "a"])])).toEqual([
      { pair: "a→b", listed: false },
      { pair: "b→a", listed: false },
    ]);
  });

  it("are ordered by EventTime where they have one", async ({ expect }) => {
    const now = Date.now();
    const rows = await afterCallbacks([
      { ...remove(["a", "b"]), EventTime: now - 1_000 },
      { ...add(["a", "b"]), EventTime: now - 2_000 },
    ]);
    expect(rows).toEqual([{ pair: "a→b", listed: false }]);
    expect((await stored(list))[0]?.deleted_at).toBe(now - 1_000);
  });

  it("are not shut out by an EventTime from the future", async ({ expect }) => {
    const rows = await afterCallbacks([
      { ...remove(["a", "b"]), EventTime: Date.now() + 3_600_000 },
      add(["a", "b"]),
    ]);
    expect(rows).toEqual([{ pair: "a→b", listed: true }]);
  });
});

it("a ClientCmd that is no word leaves nothing in the table", async ({ expect }) => {
  const queue = heldQueue();
  const body = { ...friendAdd(["a", "b"]), ClientCmd: "a\u0000b\ud800" };
  await callback(body, { env: envWith({ FRIEND_EVENTS: queue }) });
  await deliver(queue.messages);
  expect((await storedFriends())[0]?.source).toBe(null);
});
