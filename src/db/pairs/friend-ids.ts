import type { Reader } from "../reader.ts";

/** `cut`: there are more rows than were read. A tombstone is a row, too. */
export type FriendIds = { ids: string[]; cut: boolean };

/** A user's friends, in the order of their ids. Reads at most `maxRows` + 1 rows. */
export async function readFriendIds(
  db: Reader,
  userId: string,
  maxRows: number,
): Promise<FriendIds> {
  const { results } = await db
    .prepare(
      `SELECT iif(deleted_at IS NULL, friend_id, NULL) AS id
FROM friends WHERE user_id = ?1 ORDER BY friend_id LIMIT ?2 + 1`,
    )
    .bind(userId, maxRows)
    .all<{ id: string | null }>();
  return cutAfter(
    results.map(({ id }) => id),
    maxRows,
  );
}

/** The friends of each of these users, in one statement. Reads at most `maxRows` + 2 for each. */
export async function readFriendIdsOfEach(
  db: Reader,
  userIds: readonly string[],
  maxRows: number,
): Promise<FriendIds[]> {
  if (userIds.length === 0) return [];
  const { results } = await db
    .prepare(
      `SELECT (
  SELECT json_group_array(iif(deleted_at IS NULL, friend_id, NULL))
  FROM (
    SELECT friend_id, deleted_at FROM friends
    WHERE user_id = users.value ORDER BY friend_id LIMIT ?2 + 1
  )
) AS list
FROM json_each(?1) AS users`,
    )
    .bind(JSON.stringify(userIds), maxRows)
    .all<{ list: string }>();
  return results.map(({ list }) => cutAfter(JSON.parse(list), maxRows));
}

function cutAfter(rows: readonly (string | null)[], maxRows: number): FriendIds {
  return {
    ids: rows.slice(0, maxRows).filter((id) => id !== null),
    cut: rows.length > maxRows,
  };
}
