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

/** Which of these candidates are no candidates: friends, who was dismissed, who blocked or is blocked. */
export async function readExcludedCandidates(
  db: Reader,
  userId: string,
  candidateIds: readonly string[],
): Promise<Set<string>> {
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
OR EXISTS (
  SELECT 1 FROM blacklist WHERE user_id = value AND blocked_id = ?1 AND deleted_at IS NULL
)`,
    )
    .bind(userId, JSON.stringify(candidateIds))
    .all<{ id: string }>();
  return new Set(results.map(({ id }) => id));
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
