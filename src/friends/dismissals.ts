/** Keeps a candidate out of a user's recommendations. Again is the same as once. */
export async function dismiss(
  db: D1Database,
  userId: string,
  candidateId: string,
  now: number,
): Promise<void> {
  await db
    .prepare(
      `INSERT INTO dismissals (user_id, candidate_id, dismissed_at) VALUES (?1, ?2, ?3)
ON CONFLICT (user_id, candidate_id) DO NOTHING`,
    )
    .bind(userId, candidateId, now)
    .run();
}
