import { decide } from "../blocklist/decide.ts";
import type { RuleKind } from "../blocklist/key.ts";
import { readRules } from "../blocklist/read.ts";
import type { Databases } from "../db/databases.ts";
import { readExcludedCandidates } from "../db/dismissals.ts";
import { readFriendIds, readFriendIdsOfEach } from "../db/pairs/friend-ids.ts";
import type { Reader } from "../db/reader.ts";
import {
  BLOCKLIST_TIMEOUT_MAX_MS,
  RECOMMENDATION_CANDIDATES_MAX,
  RECOMMENDATION_CANDIDATES_MIN_AT_ONCE,
  RECOMMENDATION_FRIENDS_MAX,
  RECOMMENDATION_FRIENDS_OF_FRIEND_MAX_ROWS,
  RECOMMENDATION_OWN_MAX_ROWS,
} from "../limits.ts";
import type { Recommendations } from "./answers.ts";
import type { RecommendationsQuery } from "./parameters.ts";

export type RecommendationsDeps = {
  databases: Databases<Reader>;
  blocklist: KVNamespace;
  kinds: readonly RuleKind[];
};

type Candidate = Recommendations["recommendations"][number];

/**
 * Friends of a user's friends. Those with the most mutual friends come first, then the order is by id.
 * It leaves out the user, the user's friends, and the users who were dismissed. It also leaves out a
 * candidate if one of the two has the other in the blacklist, or if the blocklist would refuse one of the
 * two directions. Nothing is kept: a change of the friends table is in the next answer.
 */
export async function readRecommendations(
  deps: RecommendationsDeps,
  userId: string,
  { limit }: RecommendationsQuery,
): Promise<Recommendations> {
  const { of } = deps.databases;
  const own = await readFriendIds(of(userId).db, userId, RECOMMENDATION_OWN_MAX_ROWS);
  const friends = own.ids.slice(0, RECOMMENDATION_FRIENDS_MAX);
  const read = await Promise.all(
    [...Map.groupBy(friends, of)].map(([{ db }, some]) =>
      readFriendIdsOfEach(db, some, RECOMMENDATION_FRIENDS_OF_FRIEND_MAX_ROWS),
    ),
  );
  const theirs = read.flat();
  const ranked = rank(
    theirs.map(({ ids }) => ids),
    new Set([userId, ...own.ids]),
  );
  const candidates = ranked.slice(0, RECOMMENDATION_CANDIDATES_MAX);

  const recommendations: Candidate[] = [];
  let next = 0;
  // Most of the best are allowed, and every key that is read costs. So it reads not many more than it needs.
  while (recommendations.length < limit && next < candidates.length) {
    const missing = limit - recommendations.length;
    const some = candidates.slice(
      next,
      next + Math.max(missing, RECOMMENDATION_CANDIDATES_MIN_AT_ONCE),
    );
    next += some.length;
    recommendations.push(...(await allowed(deps, userId, some)).slice(0, missing));
  }
  return {
    recommendations,
    truncated:
      own.cut ||
      friends.length < own.ids.length ||
      theirs.some(({ cut }) => cut) ||
      (recommendations.length < limit && candidates.length < ranked.length),
  };
}

/** Each id that is in a list and not excluded, with the number of lists it is in. Pure. */
function rank(lists: readonly (readonly string[])[], excluded: ReadonlySet<string>): Candidate[] {
  const counts = new Map<string, number>();
  for (const id of lists.flat()) {
    if (!excluded.has(id)) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return [...counts]
    .map(([userId, mutualFriends]) => ({ userId, mutualFriends }))
    .sort((a, b) => b.mutualFriends - a.mutualFriends || (a.userId < b.userId ? -1 : 1));
}

/** Leaves out candidates who are dismissed, in a blacklist, refused, or friends beyond the bound. */
async function allowed(
  { databases, blocklist, kinds }: RecommendationsDeps,
  userId: string,
  candidates: readonly Candidate[],
): Promise<Candidate[]> {
  const [excluded, read] = await Promise.all([
    readExcludedCandidates(
      databases,
      userId,
      candidates.map((candidate) => candidate.userId),
    ),
    readRules(
      blocklist,
      candidates.flatMap((candidate) => responsesBetween(userId, candidate.userId)),
      kinds,
      BLOCKLIST_TIMEOUT_MAX_MS,
    ),
  ]);
  // Without the blocklist, the answer would offer somebody whom the blocklist refuses.
  if (read.failure)
    throw read.failure.reason === "error" ? read.failure.error : new Error("timeout");
  return candidates.filter(
    (candidate) =>
      !excluded.has(candidate.userId) &&
      responsesBetween(userId, candidate.userId).every(
        (response) => decide(response, read.rules, kinds).outcome === "allow",
      ),
  );
}

/** Each of the two could ask the other. */
function responsesBetween(userId: string, candidateId: string) {
  const action = "AgreeAndAdd" as const;
  return [
    { responderId: userId, applicantId: candidateId, action },
    { responderId: candidateId, applicantId: userId, action },
  ];
}
