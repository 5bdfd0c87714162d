import { env } from "cloudflare:workers";
import { describe, it } from "vitest";
import { applyFriendsChanged } from "../../src/db/friends/apply.ts";
import { jsonByteLength } from "../../src/events/chunks.ts";
import type { FriendsChanged, Pair } from "../../src/events/kinds.ts";
import { toOrderKey } from "../../src/events/order-key.ts";
import { faultyDatabase } from "../support/faults.ts";
import { friendAdd, friendDelete } from "../support/tencent.ts";
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
const BA: Pair = ["b", "a", "a"];

/** So many pairs, no two of them alike. */
function pairsOf(count: number, prefix = "f"): Pair[] {
  return Array.from({ length: count }, (_, index) => ["user", `${prefix}${index}`, "user"]);
}

describe("a row of friends", () => {
  const row = {
    user_id: "a",
    friend_id: "b",
    order_key: 1,
    added_at: 1 as number | null,
    deleted_at: null as number | null,
    initiator_id: null as string | null,
    source: null as string | null,
    admin_id: null as string | null,
    forced: 0,
  };
  const gone = { ...row, added_at: null, deleted_at: 1 };

  function insert(values: Record<string, unknown>): Promise<unknown> {
    const columns = Object.keys(values);
    return env.DB.prepare(
      `INSERT INTO friends (${columns}) VALUES (${columns.map((_, index) => `?${index + 1}`)})`,
    )
      .bind(...Object.values(values))
      .run();
  }

  it.for([
    ["friends_user_id_not_empty", { ...row, user_id: "" }],
    ["friends_friend_id_not_empty", { ...row, friend_id: "" }],
    ["friends_version_positive", { ...row, order_key: 0 }],
    ["friends_added_or_deleted", { ...row, added_at: null }],
    ["friends_added_or_deleted", { ...row, deleted_at: 1 }],
    ["friends_deleted_keeps_nothing", { ...gone, initiator_id: "a" }],
    ["friends_deleted_keeps_nothing", { ...gone, source: "friend_add" }],
    ["friends_deleted_keeps_nothing", { ...gone, admin_id: "admin" }],
    ["friends_deleted_keeps_nothing", { ...gone, forced: 1 }],
    ["friends_forced_is_flag", { ...row, forced: 2 }],
    ["NOT NULL constraint failed: friends.user_id", { ...row, user_id: null }],
    ["UNIQUE constraint failed: friends.user_id, friends.friend_id", row],
    ["cannot store TEXT value in INTEGER column friends.order_key", { ...row, order_key: "x" }],
  ] as const)("is refused by %s: %o", async ([constraint, bad], { expect }) => {
    if (bad === row) await insert(row);
    await expect(insert(bad)).rejects.toThrow(constraint);
  });

  it.for([row, gone])("is kept: %o", async (good, { expect }) => {
    await insert(good);
    expect(await storedFriends()).toEqual([good]);
  });
});

describe("what a row holds", () => {
  const full = event("friends-added", toOrderKey(1_000), [AB], {
    source: "friend_add",
    adminId: "admin",
    forced: true,
  });

  it("is everything that is known of an addition", async ({ expect }) => {
    await applyFriendsChanged(env.DB, [full]);
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
    await applyFriendsChanged(env.DB, [full]);
    await applyFriendsChanged(env.DB, [deleted(toOrderKey(2_000), AB)]);
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
    await applyFriendsChanged(env.DB, [full]);
    await applyFriendsChanged(env.DB, [added(toOrderKey(3_000), AB)]);
    expect(await storedFriends()).toMatchObject([
      { added_at: 3_000, source: null, admin_id: null, forced: 0 },
    ]);
  });

  it("stays when an addition comes that is older", async ({ expect }) => {
    await applyFriendsChanged(env.DB, [deleted(toOrderKey(2_000), AB)]);
    expect(await applyFriendsChanged(env.DB, [full])).toBe(0);
    expect(await storedFriends()).toMatchObject([{ added_at: null, deleted_at: 2_000 }]);
  });

  it("is a tombstone where a deletion comes before any addition", async ({ expect }) => {
    await applyFriendsChanged(env.DB, [deleted(toOrderKey(2_000), AB)]);
    expect(await storedFriends()).toMatchObject([{ added_at: null, deleted_at: 2_000 }]);
  });

  it("is the deletion where both have one order key", async ({ expect }) => {
    for (const both of [
      [added(1_024, AB), deleted(1_024, AB)],
      [deleted(1_024, AB), added(1_024, AB)],
    ]) {
      await applyFriendsChanged(env.DB, both);
      expect(await storedFriends()).toMatchObject([{ deleted_at: 1 }]);
      for (const one of both) expect(await applyFriendsChanged(env.DB, [one])).toBe(0);
    }
  });

  it("tells apart accounts by case, and keeps text beyond ASCII", async ({ expect }) => {
    await applyFriendsChanged(env.DB, [added(1_024, ["A", "é😀", null], ["a", "é😀", null])]);
    expect((await storedFriends()).map((row) => [row.user_id, row.friend_id])).toEqual([
      ["A", "é😀"],
      ["a", "é😀"],
    ]);
  });
});

describe("what applying costs", () => {
  it("is a row written for each pair that changed something", async ({ expect }) => {
    const pairs = pairsOf(10);
    expect(await applyFriendsChanged(env.DB, [added(1_024, ...pairs)])).toBe(10);
    expect(await applyFriendsChanged(env.DB, [added(1_024, ...pairs)])).toBe(0);
    expect(await applyFriendsChanged(env.DB, [deleted(1_023, ...pairs)])).toBe(0);
    expect(await applyFriendsChanged(env.DB, [deleted(1_025, ...pairs.slice(0, 3))])).toBe(3);
    // A pair that changes twice in a batch is written once.
    expect(
      await applyFriendsChanged(env.DB, [added(1_026, AB), deleted(1_027, AB), added(1_028, AB)]),
    ).toBe(1);
  });

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
      expect(await applyFriendsChanged(db, events)).toBe(messages * pairs);
      expect(db.statements).toBe(1);
      if (pairs > 1) expect(jsonByteLength(events)).toBeGreaterThan(5_000_000);
      const count = await env.DB.prepare("SELECT count(*) AS n FROM friends").first("n");
      expect(count).toBe(messages * pairs);
    },
  );

  it("is one statement for 10,000 pairs", async ({ expect }) => {
    const db = faultyDatabase(env.DB, () => undefined);
    const events = Array.from({ length: 20 }, (_, index) =>
      added(1_024, ...pairsOf(500, `${index}-`)),
    );
    const startedMs = performance.now();
    expect(await applyFriendsChanged(db, events)).toBe(10_000);
    console.info(`10,000 pairs in one statement: ${Math.round(performance.now() - startedMs)} ms`);
    expect(db.statements).toBe(1);
  });

  it.for([[], [added(1_024)]])("is nothing without pairs", async (events, { expect }) => {
    const db = faultyDatabase(env.DB, () => undefined);
    expect(await applyFriendsChanged(db, events)).toBe(0);
    expect(db.statements).toBe(0);
  });
});

describe("callbacks, on their way into the table", () => {
  /** Sends callbacks one after the other, and delivers the messages they made in any order. */
  async function afterCallbacks(
    bodies: object[],
    order: (messages: unknown[]) => unknown[] = (messages) => messages,
  ) {
    const queue = heldQueue();
    for (const body of bodies) {
      await callback(body, { env: envWith({ FRIEND_EVENTS: queue }) });
    }
    await deliver(order(queue.messages));
    return (await storedFriends()).map((row) => ({
      pair: `${row.user_id}→${row.friend_id}`,
      friends: row.deleted_at === null,
    }));
  }

  it.for([
    ["as sent", (messages: unknown[]) => messages],
    ["reversed", (messages: unknown[]) => messages.toReversed()],
    ["twice each", (messages: unknown[]) => [...messages, ...messages.toReversed()]],
  ] as const)("add, delete and add of a pair end added: %s", async ([, order], { expect }) => {
    const bodies = [friendAdd(["a", "b"]), friendDelete(["a", "b"]), friendAdd(["a", "b"])];
    expect(await afterCallbacks(bodies, order)).toEqual([{ pair: "a→b", friends: true }]);
  });

  it.for([
    ["the same body twice", [friendAdd(["a", "b"]), friendAdd(["a", "b"])], ["a→b"]],
    ["both directions in one list", [friendAdd(["a", "b"], ["b", "a"])], ["a→b", "b→a"]],
    ["the same pair twice in one list", [friendAdd(["a", "b"], ["a", "b"])], ["a→b"]],
    ["an empty list", [friendAdd()], []],
  ] as const)("%s", async ([, bodies, pairs], { expect }) => {
    expect(await afterCallbacks([...bodies])).toEqual(
      pairs.map((pair) => ({ pair, friends: true })),
    );
  });

  it("deletes both directions of one list", async ({ expect }) => {
    await applyFriendsChanged(env.DB, [added(1_024, AB, BA)]);
    expect(await afterCallbacks([friendDelete(["a", "b"], ["b", "a"])])).toEqual([
      { pair: "a→b", friends: false },
      { pair: "b→a", friends: false },
    ]);
  });

  it("are ordered by EventTime where they have one", async ({ expect }) => {
    const now = Date.now();
    const rows = await afterCallbacks([
      { ...friendDelete(["a", "b"]), EventTime: now - 1_000 },
      { ...friendAdd(["a", "b"]), EventTime: now - 2_000 },
    ]);
    expect(rows).toEqual([{ pair: "a→b", friends: false }]);
    expect((await storedFriends())[0]?.deleted_at).toBe(now - 1_000);
  });

  it("are not shut out by an EventTime from the future", async ({ expect }) => {
    const rows = await afterCallbacks([
      { ...friendDelete(["a", "b"]), EventTime: Date.now() + 3_600_000 },
      friendAdd(["a", "b"]),
    ]);
    expect(rows).toEqual([{ pair: "a→b", friends: true }]);
  });

  it("keep nothing of a ClientCmd that is no word", async ({ expect }) => {
    await afterCallbacks([{ ...friendAdd(["a", "b"]), ClientCmd: "a\u0000b\ud800" }]);
    expect((await storedFriends())[0]?.source).toBe(null);
  });
});
