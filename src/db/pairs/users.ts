import type { Reader } from "../reader.ts";

/**
 * Users who have rows in the friends table, in the order of their ids. It jumps along the primary key
 * from one user to the next, and passes by their friends.
 */
export async function readUserIds(db: Reader, afterId: string, limit: number): Promise<string[]> {
  const { results } = await db
    .prepare(
      `WITH RECURSIVE users (id) AS (
  SELECT ?1
  UNION ALL
  SELECT (SELECT min(user_id) FROM friends WHERE user_id > id) FROM users
  WHERE id IS NOT NULL LIMIT ?2 + 1
)
SELECT id FROM users WHERE id > ?1`,
    )
    .bind(afterId, limit)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}
