import type { Databases } from "./databases.ts";
import type { Reader } from "./reader.ts";
import { type ErasureWalk, erasing, orderKeyOf } from "./walk.ts";

/** Keeps a candidate out of a user's recommendations. Idempotent. */
export async function dismiss(
  db: D1Database,
  userId: string,
  candidateId: string,
  nowMs: number,
): Promise<void> {
  await db
    .prepare(
      `INSERT INTO dismissals (user_id, candidate_id, dismissed_at) VALUES (?1, ?2, ?3)
ON CONFLICT (user_id, candidate_id) DO NOTHING`,
    )
    .bind(userId, candidateId, nowMs)
    .run();
}

/**
 * Which of these candidates are excluded: friends, dismissed users, and users who blocked or are blocked. One
 * statement for each database that has rows of the user or of a candidate.
 */
export async function readExcludedCandidates(
  { of }: Pick<Databases<Reader>, "of">,
  userId: string,
  candidateIds: readonly string[],
): Promise<Set<string>> {
  const own = of(userId);
  const theirs = Map.groupBy(candidateIds, of);
  const excluded = await Promise.all(
    [...new Set([own, ...theirs.keys()])].map((database) =>
      readExcludedIn(database.db, userId, {
        byUser: database === own ? candidateIds : [],
        byThemselves: theirs.get(database) ?? [],
      }),
    ),
  );
  return new Set(excluded.flat());
}

/** What the user's rows say of some candidates, and what others' rows say of the user. */
async function readExcludedIn(
  db: Reader,
  userId: string,
  { byUser, byThemselves }: { byUser: readonly string[]; byThemselves: readonly string[] },
): Promise<string[]> {
  const { results } = await db
    .prepare(
      `SELECT value AS id FROM json_each(?2)
WHERE EXISTS (
  SELECT 1 FROM friends WHERE user_id = ?1 AND friend_id = value AND deleted_at IS NULL
)
OR EXISTS (SELECT 1 FROM dismissals WHERE user_id = ?1 AND candidate_id = value)
OR EXISTS (
  SELECT 1 FROM blacklist WHERE user_id = ?1 AND blocked_id = value AND deleted_at IS NULL
)
UNION ALL
SELECT value FROM json_each(?3)
WHERE EXISTS (
  SELECT 1 FROM blacklist WHERE user_id = value AND blocked_id = ?1 AND deleted_at IS NULL
)`,
    )
    .bind(userId, JSON.stringify(byUser), JSON.stringify(byThemselves))
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

/** Dismissals of the users who are erased. */
export const dismissalsWalk: ErasureWalk = {
  table: "dismissals",
  key: ["user_id", "candidate_id"],
  start: '["",""]',
  erase: `
DELETE FROM dismissals
WHERE ${erasing("dismissals.candidate_id", orderKeyOf("dismissals.dismissed_at"))}`,
};
