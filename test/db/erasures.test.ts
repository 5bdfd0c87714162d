import { env } from "cloudflare:workers";
import { describe, it } from "vitest";
import { readFriends } from "../../src/api/friends.ts";
import { friendsQuery } from "../../src/api/parameters.ts";
import { dismiss } from "../../src/db/dismissals.ts";
import { beginErasure, sweepErasures } from "../../src/db/erasures.ts";
import { recordResponses } from "../../src/db/responses/record.ts";
import { toOrderKey } from "../../src/events/order-key.ts";
import { countedDb } from "../support/counted.ts";
import { added, deleted, mutual } from "../support/graph.ts";
import { storedFriends } from "../support/worker.ts";

const NOW = 5_000;
const erase = (userId: string, at = NOW) => beginErasure(env.DB, userId, toOrderKey(at));
const sweep = (sliceRows = 2, maxSlices = 100) => sweepErasures(env.DB, { sliceRows, maxSlices });

async function friendships(): Promise<string[]> {
  const rows = await storedFriends();
  return rows
    .filter((row) => row.added_at !== null)
    .map((row) => `${row.user_id} ${row.friend_id}`);
}

async function record(
  responderId: string,
  applicantId: string,
  at: number,
  requesterId = responderId,
) {
  await recordResponses(env.DB, [
    {
      v: 1,
      type: "responses-decided",
      callId: crypto.randomUUID(),
      at,
      eventTime: null,
      responderId,
      requesterId,
      clientIp: null,
      platform: null,
      requestId: null,
      responses: [[0, applicantId, "Agree", 0, null, null, null]],
    },
  ]);
}

async function all(table: string): Promise<Record<string, unknown>[]> {
  return (await env.DB.prepare(`SELECT * FROM ${table}`).all()).results;
}

describe("an erasure", () => {
  it("takes the user's own friends and the rows mirrored in theirs at once", async ({ expect }) => {
    await added(mutual(["alice", "bob"], ["alice", "carol"], ["bob", "carol"]));
    await added([["dora", "alice"]]);
    expect(await erase("alice")).toBe(4);
    expect(await friendships()).toEqual(["bob carol", "carol bob", "dora alice"]);
    expect(await erase("alice")).toBe(0);
  });

  it("keeps nothing of a friendship but the two ids and the time", async ({ expect }) => {
    await added(mutual(["alice", "bob"]));
    await erase("alice");
    expect((await storedFriends())[0]).toEqual({
      user_id: "alice",
      friend_id: "bob",
      order_key: toOrderKey(NOW),
      added_at: null,
      deleted_at: NOW,
      initiator_id: null,
      source: null,
      admin_id: null,
      forced: 0,
    });
  });

  it("is seen by who syncs a friend's list, and not undone by a late event", async ({ expect }) => {
    await added(mutual(["alice", "bob"]));
    const before = await readFriends(env.DB, "bob", friendsQuery.parse({}));
    await erase("alice");
    await added(mutual(["alice", "bob"]), NOW - 1);
    expect(await friendships()).toEqual([]);
    const since = before.ok ? before.page.since : "";
    expect(await readFriends(env.DB, "bob", friendsQuery.parse({ since }))).toMatchObject({
      page: { friends: [], deleted: [{ friendId: "alice", deletedAt: NOW }] },
    });
  });

  it("is not undone by an event that is older than what it erased", async ({ expect }) => {
    await added(mutual(["alice", "bob"]), NOW + 2);
    await erase("alice");
    await added(mutual(["alice", "bob"]), NOW + 1);
    expect(await friendships()).toEqual([]);
  });

  it("takes what happened at its very moment", async ({ expect }) => {
    await added([["bob", "alice"]], NOW);
    await dismiss(env.DB, "bob", "alice", NOW);
    await record("alice", "bob", NOW);
    await erase("alice");
    expect(await sweep()).toBe(3);
    expect(await friendships()).toEqual([]);
    expect(await all("dismissals")).toEqual([]);
    expect(await all("friend_responses")).toEqual([]);
  });

  it("leaves the tombstones of friendships as they are", async ({ expect }) => {
    await added([["bob", "alice"]]);
    await deleted([["bob", "alice"]]);
    const before = await storedFriends();
    const list = await readFriends(env.DB, "bob", friendsQuery.parse({}));
    await erase("alice");
    expect(await sweep()).toBe(0);
    expect(await storedFriends()).toEqual(before);
    const since = list.ok ? list.page.since : "";
    expect(await readFriends(env.DB, "bob", friendsQuery.parse({ since }))).toMatchObject({
      page: { friends: [], deleted: [] },
    });
  });

  it.for([0, 1, 3, 4, 5])(
    "asked for again after %i slices takes what came between, from the start",
    async (slices, { expect }) => {
      await added(["c", "d", "e"].map((id) => [id, "zoe"] as const));
      await dismiss(env.DB, "c", "zoe", 1);
      await erase("zoe");
      await sweep(2, slices);
      await added([["a", "zoe"]], NOW + 1);
      await dismiss(env.DB, "a", "zoe", NOW + 1);
      await record("zoe", "a", NOW + 1);
      await erase("zoe", NOW + 2);
      await sweep();
      expect(await friendships()).toEqual([]);
      expect(await all("dismissals")).toEqual([]);
      expect(await all("friend_responses")).toEqual([]);
      expect(await all("erasures")).toEqual([]);
    },
  );

  it("takes one-way rows, dismissals and records with the sweep, and nobody else's", async ({
    expect,
  }) => {
    await added([
      ["bob", "alice"],
      ["dora", "alice"],
      ["zoe", "alice"],
      ["bob", "dora"],
    ]);
    await dismiss(env.DB, "alice", "bob", 1);
    await dismiss(env.DB, "bob", "alice", 1);
    await dismiss(env.DB, "bob", "carol", 1);
    await record("alice", "bob", 1);
    await record("bob", "alice", 2);
    await record("bob", "carol", 3, "alice");
    await record("bob", "carol", 4);
    await erase("alice");
    await erase("nobody");
    // Three friendships, one dismissal (the user's own went at once), three records.
    expect(await sweep()).toBe(3 + 1 + 3);
    expect(await friendships()).toEqual(["bob dora"]);
    expect(await all("dismissals")).toMatchObject([{ user_id: "bob", candidate_id: "carol" }]);
    expect(await all("friend_responses")).toMatchObject([
      { responder_id: "bob", applicant_id: "carol" },
    ]);
    expect(await all("erasures")).toEqual([]);
    expect(await sweep()).toBe(0);
  });

  it("leaves what came after it", async ({ expect }) => {
    await erase("alice");
    await added([["bob", "alice"]], NOW + 1);
    await dismiss(env.DB, "bob", "alice", NOW + 1);
    await record("alice", "bob", NOW + 1);
    expect(await sweep()).toBe(0);
    expect(await friendships()).toEqual(["bob alice"]);
  });

  it("goes on where the last run stopped, and a user who comes later begins at the start", async ({
    expect,
  }) => {
    await added(["a", "b", "c", "d", "e"].map((id) => [id, "zoe"] as const));
    await added([["a", "yann"]]);
    await erase("zoe");
    expect(await sweep(2, 1)).toBe(1);
    await erase("yann", NOW + 1);
    expect(await sweep(2, 1)).toBe(2);
    expect(await friendships()).toEqual(["a yann", "d zoe", "e zoe"]);
    expect(await sweep()).toBe(3);
    expect(await friendships()).toEqual([]);
    expect(await all("erasures")).toEqual([]);
  });

  it("that ends leaves those that have come less far", async ({ expect }) => {
    await added(["a", "b", "c", "d", "e"].map((id) => [id, "yann"] as const));
    await erase("zoe");
    // Through friends and dismissals; records are what remains.
    await sweep(2, 4);
    await erase("yann", NOW + 1);
    await added([["f", "zoe"]]);
    expect((await all("erasures")).map(({ walking }) => walking)).toEqual([
      "friends",
      "friend_responses",
    ]);
    await sweep();
    expect(await friendships()).toEqual(["f zoe"]);
    expect(await all("erasures")).toEqual([]);
  });

  it("costs what a slice has, however long the table is", async ({ expect }) => {
    await added(Array.from({ length: 300 }, (_, index) => [`u${index}`, "zoe"] as const));
    await erase("zoe");
    const { binding, count } = countedDb(env.DB);
    await sweepErasures(binding, { sliceRows: 50, maxSlices: 1 });
    // Each row to find the end, and to be looked at; an erased one is looked up in erasures some
    // times more.
    expect(count.rowsRead).toBeLessThanOrEqual(50 * 2 + 50 * 8);
    expect(count.rowsWritten).toBeLessThanOrEqual(50 + 2);
  });
});

describe("a dismissal", () => {
  it("that is made again keeps the time of the first", async ({ expect }) => {
    await dismiss(env.DB, "bob", "alice", 1_000);
    await dismiss(env.DB, "bob", "alice", 9_000);
    expect(await all("dismissals")).toEqual([
      { user_id: "bob", candidate_id: "alice", dismissed_at: 1_000 },
    ]);
  });
});
