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
import { countedDb } from "../support/counted.ts";
import { added, deleted, mutual } from "../support/graph.ts";

const deps = {
  db: env.DB,
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

  it("fill up with the next best when many of the best are refused", async ({ expect }) => {
    const candidates = Array.from({ length: 60 }, (_, index) => `c${100 + index}`);
    await added([["alice", "bob"], ...candidates.map((id) => ["bob", id] as const)]);
    await Promise.all(candidates.slice(0, 50).map((id) => env.BLOCKLIST.put(`user:${id}`, "no")));
    expect(await recommended("alice", 3)).toEqual(["c150 1", "c151 1", "c152 1"]);
  });

  it("stay within their bounds at 3,000 friends of 3,000 friends, and say that they are cut", {
    timeout: 60_000,
  }, async ({ expect }) => {
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
    const answer = await readRecommendations({ ...deps, db }, "alice", { limit: 5 });
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
