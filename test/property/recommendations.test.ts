import { env } from "cloudflare:workers";
import * as fc from "fast-check";
import { describe, it } from "vitest";
import { readRecommendations } from "../../src/api/recommendations.ts";
import { dismiss } from "../../src/db/dismissals.ts";
import { oneDatabase } from "../support/databases.ts";
import { added, blocked, deleted, forgetEverything, unblocked } from "../support/graph.ts";

const PEOPLE = ["alice", "bob", "carol", "dora", "eve", "frank", "grace", "heidi"] as const;
const person = fc.constantFrom(...PEOPLE);
const directed = fc.tuple(person, person);

type Directed = readonly [string, string];
const same =
  ([a, b]: Directed) =>
  ([c, d]: Directed) =>
    a === c && b === d;

/** The definition, word by word. */
function naive(
  friendships: readonly Directed[],
  refused: readonly string[],
  dismissed: readonly Directed[],
  blocks: readonly Directed[],
  userId: string,
) {
  const has = (a: string, b: string) => friendships.some(same([a, b]));
  return PEOPLE.filter(
    (candidate) =>
      candidate !== userId &&
      !has(userId, candidate) &&
      !refused.includes(candidate) &&
      !refused.includes(userId) &&
      !dismissed.some(same([userId, candidate])) &&
      !blocks.some(same([userId, candidate])) &&
      !blocks.some(same([candidate, userId])),
  )
    .map((candidate) => ({
      userId: candidate as string,
      mutualFriends: PEOPLE.filter((friend) => has(userId, friend) && has(friend, candidate))
        .length,
    }))
    .filter(({ mutualFriends }) => mutualFriends > 0)
    .sort((a, b) => b.mutualFriends - a.mutualFriends || (a.userId < b.userId ? -1 : 1));
}

describe("recommendations", () => {
  it("are what the definition says, over random graphs with blacklists", async ({ expect }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(directed, { maxLength: 40, selector: String }),
        fc.array(directed, { maxLength: 6 }),
        fc.uniqueArray(person, { maxLength: 1 }),
        fc.array(directed, { maxLength: 3 }),
        fc.array(directed, { maxLength: 12 }),
        fc.array(directed, { maxLength: 4 }),
        fc.integer({ min: 1, max: 8 }),
        async (pairs, gone, refused, dismissed, put, takenBack, limit) => {
          await forgetEverything();
          await env.DB.prepare("DELETE FROM dismissals").run();
          for (const id of PEOPLE) await env.BLOCKLIST.delete(`user:${id}`);
          await added(pairs);
          await deleted(gone);
          for (const id of refused) await env.BLOCKLIST.put(`user:${id}`, "no");
          for (const [userId, id] of dismissed) await dismiss(env.DB, userId, id, 1);

          await blocked(put);
          await unblocked(takenBack);

          const blocks = put.filter((pair) => !takenBack.some(same(pair)));
          const friendships = pairs.filter((pair) => !gone.some(same(pair)));
          for (const userId of ["alice", "bob"]) {
            const answer = await readRecommendations(
              { databases: oneDatabase(), blocklist: env.BLOCKLIST, kinds: ["user"] },
              userId,
              { limit },
            );
            expect(answer).toEqual({
              recommendations: naive(friendships, refused, dismissed, blocks, userId).slice(
                0,
                limit,
              ),
              truncated: false,
            });
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
