import { env } from "cloudflare:workers";
import { describe, it } from "vitest";
import { readRecommendations } from "../../src/api/recommendations.ts";
import { dismiss } from "../../src/db/dismissals.ts";
import {
  RECOMMENDATION_CANDIDATES_MIN_AT_ONCE,
  RECOMMENDATION_FRIENDS_MAX,
  RECOMMENDATION_FRIENDS_OF_FRIEND_MAX_ROWS,
  RECOMMENDATION_OWN_MAX_ROWS,
} from "../../src/limits.ts";
import { countedDb, countedKv } from "../support/counted.ts";
import { oneDatabase } from "../support/databases.ts";
import { added, blocked, deleted, mutual, unblocked } from "../support/graph.ts";

const deps = {
  databases: oneDatabase(),
  blocklist: env.BLOCKLIST,
  kinds: ["pair", "user", "responder", "applicant"] as const,
};

async function recommended(userId: string, limit = 20): Promise<string[]> {
  const { recommendations } = await readRecommendations(deps, userId, { limit });
  return recommendations.map((each) => `${each.userId} ${each.mutualFriends}`);
}

describe("recommendations", () => {
  it("are friends of friends, by the number of mutual friends and then by id", async ({
    expect,
  }) => {
    await added(mutual(["alice", "bob"], ["alice", "carol"], ["bob", "zoe"], ["carol", "zoe"]));
    await added(mutual(["bob", "yann"], ["bob", "xavier"]));
    expect(await recommended("alice")).toEqual(["zoe 2", "xavier 1", "yann 1"]);
    expect(await recommended("alice", 1)).toEqual(["zoe 2"]);
  });

  it("are never the user, nor a friend in the user's list", async ({ expect }) => {
    await added(mutual(["alice", "bob"], ["alice", "carol"], ["bob", "carol"]));
    expect(await recommended("alice")).toEqual([]);
  });

  it("may be somebody who only has the user in the list", async ({ expect }) => {
    await added([
      ["alice", "bob"],
      ["bob", "zoe"],
      ["zoe", "alice"],
    ]);
    expect(await recommended("alice")).toEqual(["zoe 1"]);
  });

  it("change with the table: a new friend brings theirs, a deleted one takes them along", async ({
    expect,
  }) => {
    await added(mutual(["bob", "zoe"]));
    expect(await recommended("alice")).toEqual([]);
    await added([["alice", "bob"]]);
    expect(await recommended("alice")).toEqual(["zoe 1"]);
    await added([["alice", "zoe"]]);
    expect(await recommended("alice")).toEqual([]);
    await deleted([["alice", "zoe"]]);
    expect(await recommended("alice")).toEqual(["zoe 1"]);
    await deleted([["bob", "zoe"]]);
    expect(await recommended("alice")).toEqual([]);
  });

  it.for([
    "user:zoe",
    "user:alice",
    "pair:alice:zoe",
    "pair:zoe:alice",
    "responder:zoe",
    "applicant:zoe",
  ])("leave out whom %s refuses", async (key, { expect }) => {
    await added(mutual(["alice", "bob"], ["bob", "zoe"]));
    await env.BLOCKLIST.put(key, "no");
    expect(await recommended("alice")).toEqual([]);
  });

  it("keep whom a rule only observes, or makes an exception for", async ({ expect }) => {
    await added(mutual(["alice", "bob"], ["bob", "yann"], ["bob", "zoe"]));
    await env.BLOCKLIST.put("user:yann", JSON.stringify({ mode: "observe" }));
    await env.BLOCKLIST.put("user:zoe", "no");
    await env.BLOCKLIST.put("pair:alice:zoe", JSON.stringify({ mode: "allow" }));
    await env.BLOCKLIST.put("pair:zoe:alice", JSON.stringify({ mode: "allow" }));
    expect(await recommended("alice")).toEqual(["yann 1", "zoe 1"]);
  });

  it("leave out whom the user dismissed, once or twice, and nobody else does", async ({
    expect,
  }) => {
    await added(mutual(["alice", "bob"], ["bob", "zoe"], ["carol", "bob"]));
    await dismiss(env.DB, "alice", "zoe", 1);
    await dismiss(env.DB, "alice", "zoe", 2);
    expect(await recommended("alice")).toEqual(["carol 1"]);
    expect(await recommended("carol")).toEqual(["alice 1", "zoe 1"]);
  });

  it("leave out whom the user blocked, and who blocked the user, until that is taken back", async ({
    expect,
  }) => {
    await added(mutual(["alice", "bob"], ["bob", "xavier"], ["bob", "yann"], ["bob", "zoe"]));
    await blocked([
      ["alice", "zoe"],
      ["yann", "alice"],
      // Nobody's affair but theirs.
      ["bob", "xavier"],
      ["xavier", "zoe"],
    ]);
    expect(await recommended("alice")).toEqual(["xavier 1"]);
    await unblocked([
      ["alice", "zoe"],
      ["yann", "alice"],
    ]);
    expect(await recommended("alice")).toEqual(["xavier 1", "yann 1", "zoe 1"]);
  });

  it("ask about the blacklists in the statement that asks about dismissals", async ({ expect }) => {
    const candidates = Array.from({ length: 30 }, (_, index) => `c${100 + index}`);
    await added([["alice", "bob"], ...candidates.map((id) => ["bob", id] as const)]);
    // Long lists cost nothing: two rows at most are read of each candidate.
    await blocked(candidates.slice(0, 10).map((id) => ["alice", id] as const));
    await blocked(candidates.slice(5, 15).map((id) => [id, "alice"] as const));
    await blocked(Array.from({ length: 500 }, (_, index) => ["alice", `other${index}`] as const));
    const { binding, count } = countedDb(env.DB);
    const answer = await readRecommendations(
      { ...deps, databases: oneDatabase(binding) },
      "alice",
      { limit: 5 },
    );
    expect(answer.recommendations.map(({ userId }) => userId)).toEqual(candidates.slice(15, 20));
    const [, , excluded = 0, ...more] = count.reads;
    expect(excluded).toBeLessThanOrEqual(RECOMMENDATION_CANDIDATES_MIN_AT_ONCE * 3);
    expect(more).toEqual([]);
  });

  it("fill up with the next best when many of the best are refused", async ({ expect }) => {
    const candidates = Array.from({ length: 60 }, (_, index) => `c${100 + index}`);
    await added([["alice", "bob"], ...candidates.map((id) => ["bob", id] as const)]);
    await Promise.all(candidates.slice(0, 50).map((id) => env.BLOCKLIST.put(`user:${id}`, "no")));
    expect(await recommended("alice", 3)).toEqual(["c150 1", "c151 1", "c152 1"]);
  });

  it("stay within their bounds at 3,000 friends of 3,000 friends, and say that they are cut", async ({
    expect,
  }) => {
    const ids = (prefix: string, count: number) =>
      Array.from({ length: count }, (_, index) => `${prefix}${1_000 + index}`);
    await added(ids("f", 3_000).map((id) => ["alice", id] as const));
    // Of the friends beyond the bound no row is read, so they need none: 600,000 rows are enough.
    await env.DB.prepare(
      `INSERT INTO friends (user_id, friend_id, order_key, added_at)
SELECT f.value, z.value, 1, 1 FROM json_each(?1) AS f, json_each(?2) AS z`,
    )
      .bind(JSON.stringify(ids("f", RECOMMENDATION_FRIENDS_MAX)), JSON.stringify(ids("z", 3_000)))
      .run();
    const { binding: db, count } = countedDb(env.DB);
    const answer = await readRecommendations({ ...deps, databases: oneDatabase(db) }, "alice", {
      limit: 5,
    });
    expect(answer.truncated).toBe(true);
    expect(answer.recommendations).toEqual(
      ids("z", 5).map((userId) => ({ userId, mutualFriends: RECOMMENDATION_FRIENDS_MAX })),
    );
    const [own = 0, theirs = 0, excluded = 0, ...more] = count.reads;
    expect(own).toBeLessThanOrEqual(RECOMMENDATION_OWN_MAX_ROWS + 1);
    expect(theirs).toBeLessThanOrEqual(
      RECOMMENDATION_FRIENDS_MAX * (RECOMMENDATION_FRIENDS_OF_FRIEND_MAX_ROWS + 2),
    );
    expect(excluded).toBeLessThanOrEqual(RECOMMENDATION_CANDIDATES_MIN_AT_ONCE * 3);
    expect(more).toEqual([]);
  });
});

describe("the bounds of recommendations", () => {
  const ids = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${prefix}${1_000 + index}`);
  const friendsOf = (userId: string, friendIds: readonly string[]) =>
    friendIds.map((id) => [userId, id] as const);

  it.for([
    ["5,000 rows of the user's own", 4_999, false],
    ["more rows", 5_000, true],
  ] as const)("let through %s: truncated or not", async ([, tombstones, cut], { expect }) => {
    await added([
      ["alice", "bob"],
      ["bob", "zoe"],
    ]);
    await deleted(friendsOf("alice", ids("f", tombstones)));
    expect(await readRecommendations(deps, "alice", { limit: 20 })).toEqual({
      recommendations: [{ userId: "zoe", mutualFriends: 1 }],
      truncated: cut,
    });
  });

  it("read no more of the user's own than one row beyond", async ({ expect }) => {
    await deleted(friendsOf("alice", ids("f", 5_100)));
    const { binding, count } = countedDb(env.DB);
    await readRecommendations({ ...deps, databases: oneDatabase(binding) }, "alice", { limit: 20 });
    expect(count.reads).toEqual([5_001]);
  });

  it("read nothing more for a user without friends", async ({ expect }) => {
    const { binding, count } = countedDb(env.DB);
    expect(
      await readRecommendations({ ...deps, databases: oneDatabase(binding) }, "alice", {
        limit: 20,
      }),
    ).toEqual({
      recommendations: [],
      truncated: false,
    });
    expect(count.statements).toBe(1);
  });

  it.for([
    [200, true, false],
    [201, false, true],
  ] as const)(
    "let through 200 friends: with %i the last one's are seen: %s",
    async ([count, seen, truncated], { expect }) => {
      const friends = ids("f", count);
      await added([...friendsOf("alice", friends), ...friendsOf(String(friends.at(-1)), ["zoe"])]);
      expect(await readRecommendations(deps, "alice", { limit: 20 })).toEqual({
        recommendations: seen ? [{ userId: "zoe", mutualFriends: 1 }] : [],
        truncated,
      });
    },
  );

  it.for([
    [100, false],
    [101, true],
  ] as const)(
    "let through 100 rows of a friend: with %i truncated is %s",
    async ([count, truncated], { expect }) => {
      await added([["alice", "bob"], ...friendsOf("bob", ids("z", count))]);
      const answer = await readRecommendations(deps, "alice", { limit: 100 });
      expect(answer.recommendations).toHaveLength(100);
      expect(answer.truncated).toBe(truncated);
    },
  );

  describe("with 240 candidates", () => {
    const candidates = ids("z", 240);
    /** Three friends, who have 80 of them each. */
    const meet = async () => {
      const friends = ids("f", 3);
      await added([
        ...friendsOf("alice", friends),
        ...friends.flatMap((id, third) =>
          friendsOf(id, candidates.slice(third * 80, third * 80 + 80)),
        ),
      ]);
    };
    const dismissAll = (candidateIds: readonly string[]) =>
      env.DB.prepare("INSERT INTO dismissals SELECT 'alice', value, 1 FROM json_each(?1)")
        .bind(JSON.stringify(candidateIds))
        .run();
    /** How many were looked up: a pair has a key in each direction. */
    const lookedUp = async (limit: number) => {
      const { binding, count } = countedKv(env.BLOCKLIST);
      const answer = await readRecommendations(
        { databases: oneDatabase(), blocklist: binding as unknown as KVNamespace, kinds: ["pair"] },
        "alice",
        { limit },
      );
      return { ...answer, reads: count.operations, lookedUp: count.keys / 2 };
    };

    it("look up 200 in vain, and say that there were more", async ({ expect }) => {
      await meet();
      await dismissAll(candidates);
      expect(await lookedUp(20)).toMatchObject({
        recommendations: [],
        truncated: true,
        lookedUp: 200,
      });
    });

    it("do not say so of a full answer", async ({ expect }) => {
      await meet();
      const answer = await lookedUp(5);
      expect(answer.recommendations).toHaveLength(5);
      expect(answer.truncated).toBe(false);
    });

    it("look up twenty with one read, though one is wanted", async ({ expect }) => {
      await meet();
      await dismissAll(candidates.slice(0, 19));
      expect(await lookedUp(1)).toMatchObject({
        recommendations: [{ userId: candidates[19] }],
        reads: 1,
        lookedUp: 20,
      });
    });

    it("give no more than are wanted, though the first twenty were too few", async ({ expect }) => {
      await meet();
      await dismissAll(candidates.slice(0, 18));
      const { recommendations } = await lookedUp(3);
      expect(recommendations.map(({ userId }) => userId)).toEqual(candidates.slice(18, 21));
    });
  });
});
