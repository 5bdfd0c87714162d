/** A row of `friends` as pages have it. */
export type FriendRow = {
  friend_id: string;
  added_at: number | null;
  deleted_at: number | null;
  initiator_id: string | null;
  source: string | null;
  admin_id: string | null;
  forced: 0 | 1;
};

const COLUMNS = "friend_id, added_at, deleted_at, initiator_id, source, admin_id, forced";

/** The period that a page shows; see migrations/0003. The first page ends it. */
const PERIOD = "SELECT current AS period, removed FROM friend_changes WHERE id = 1";
const END_OF_PERIOD = `UPDATE friend_changes SET current = current + 1 WHERE id = 1
RETURNING current - 1 AS period, removed`;

type Period = { period: number; removed: number };

/**
 * A page of a user's friends in the order of their ids. Rows read: as many as there are on the page
 * and tombstones between them, and on the first page two.
 *
 * @param from where an earlier page ended, and the period in which the first page was read
 */
export async function readListPage(
  db: D1Database,
  userId: string,
  from: { period: number; friendId: string } | undefined,
  limit: number,
): Promise<{ period: number; rows: FriendRow[] }> {
  const page = db
    .prepare(
      `SELECT ${COLUMNS} FROM friends
WHERE user_id = ?1 AND friend_id > ?2 AND deleted_at IS NULL ORDER BY friend_id LIMIT ?3`,
    )
    .bind(userId, from?.friendId ?? "", limit);
  // What the list misses while it is read is what changed in a later period than its first page.
  return from === undefined
    ? await readWith(db, END_OF_PERIOD, page)
    : { period: from.period, rows: (await page.all<FriendRow>()).results };
}

/**
 * A page of what changed in some periods, both ends included. Rows read: the user's own once,
 * however many pages they make, and two for each page. An index on `change` would read fewer, and
 * be a row more to every write.
 *
 * @param last undefined on the first page, which finds out where the increment ends
 * @returns the period up to which the increment goes, and `removed`: deletions up to this period
 *   are forgotten
 */
export async function readChangesPage(
  db: D1Database,
  userId: string,
  { first, last, friendId }: { first: number; last: number | undefined; friendId: string },
  limit: number,
): Promise<Period & { rows: FriendRow[] }> {
  const page = db
    .prepare(
      `SELECT ${COLUMNS} FROM friends
WHERE user_id = ?1 AND friend_id > ?2 AND change BETWEEN ?3 AND ?4 ORDER BY friend_id LIMIT ?5`,
    )
    .bind(userId, friendId, first, last ?? Number.MAX_SAFE_INTEGER, limit);
  const read = await readWith(db, last === undefined ? END_OF_PERIOD : PERIOD, page);
  return { ...read, period: Math.min(last ?? read.period, read.period) };
}

/** One transaction: nothing is written between the period and the page. */
async function readWith(
  db: D1Database,
  period: typeof PERIOD | typeof END_OF_PERIOD,
  page: D1PreparedStatement,
): Promise<Period & { rows: FriendRow[] }> {
  const [periods, rows] = await db.batch([db.prepare(period), page]);
  const [row] = (periods as D1Result<Period>).results;
  if (row === undefined) throw new Error("friend_changes has no row");
  return { ...row, rows: (rows as D1Result<FriendRow>).results };
}

/**
 * Since when each of two users has the other in the friend list, in milliseconds since the epoch;
 * null where that is not so. Two rows are read at most.
 */
export async function readBothWays(
  db: D1Database,
  userId: string,
  friendId: string,
): Promise<{ addedAt: number | null; addedBackAt: number | null }> {
  const { results } = await db
    .prepare(
      `SELECT user_id, added_at FROM friends
WHERE user_id = ?1 AND friend_id = ?2 AND deleted_at IS NULL
UNION ALL
SELECT user_id, added_at FROM friends
WHERE user_id = ?2 AND friend_id = ?1 AND deleted_at IS NULL`,
    )
    .bind(userId, friendId)
    .all<{ user_id: string; added_at: number }>();
  const addedAtBy = (id: string) => results.find((row) => row.user_id === id)?.added_at ?? null;
  return { addedAt: addedAtBy(userId), addedBackAt: addedAtBy(friendId) };
}
