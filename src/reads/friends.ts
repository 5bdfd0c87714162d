import type { DeletedFriend, Friend, Friendship, FriendsPage } from "./answers.ts";
import type { ChangesKey, FriendsQuery, ListKey } from "./parameters.ts";
import { tokenOf } from "./token.ts";

export type FriendsResult =
  | { ok: true; page: FriendsPage }
  /** Deletions since then are no longer known: the list has to be read again. */
  | { ok: false; reason: "since-expired" };

/**
 * A page of a user's friends in the order of their ids, or of what changed since an earlier
 * reading. Pages go on behind the last row's key, so rows that come and go in between neither
 * repeat nor hide another one; what changes while pages are read is in the next increment.
 */
export async function readFriends(
  db: D1Database,
  userId: string,
  { limit, cursor, since }: FriendsQuery,
): Promise<FriendsResult> {
  if (cursor?.[0] === "changes") return readChanges(db, userId, cursor, limit);
  if (cursor === undefined && since !== undefined) {
    const [, first] = since;
    return readChanges(db, userId, ["changes", first, NO_END, ""], limit);
  }
  return { ok: true, page: await readList(db, userId, cursor, limit) };
}

/** Rows read: as many as there are on the page and tombstones between them, and on the first page two. */
async function readList(
  db: D1Database,
  userId: string,
  from: ListKey | undefined,
  limit: number,
): Promise<FriendsPage> {
  const page = db
    .prepare(
      `SELECT ${COLUMNS} FROM friends
WHERE user_id = ?1 AND friend_id > ?2 AND deleted_at IS NULL ORDER BY friend_id LIMIT ?3`,
    )
    .bind(userId, from?.[2] ?? "", limit);
  // What the list misses while it is read is what changed in a later period than its first page.
  const { period, rows } =
    from === undefined
      ? await readWith(db, END_OF_PERIOD, page)
      : { period: from[1], rows: (await page.all<FriendRow>()).results };
  const last = rows.length < limit ? undefined : rows.at(-1);
  return {
    friends: rows.flatMap(friendsIn),
    deleted: [],
    cursor: last ? tokenOf(["list", period, last.friend_id]) : null,
    since: tokenOf(["since", period + 1]),
  };
}

/**
 * Rows read: the user's own once, however many pages they make, and two for each page. An index on
 * `change` would read fewer, and be a row more to every write.
 */
async function readChanges(
  db: D1Database,
  userId: string,
  [, first, last, friendId]: ChangesKey,
  limit: number,
): Promise<FriendsResult> {
  const page = db
    .prepare(
      `SELECT ${COLUMNS} FROM friends
WHERE user_id = ?1 AND friend_id > ?2 AND change BETWEEN ?3 AND ?4 ORDER BY friend_id LIMIT ?5`,
    )
    .bind(userId, friendId, first, last, limit);
  const { period, removed, rows } = await readWith(
    db,
    last === NO_END ? END_OF_PERIOD : PERIOD,
    page,
  );
  if (removed >= first) return { ok: false, reason: "since-expired" };

  const upTo = Math.min(last, period);
  const lastRow = rows.length < limit ? undefined : rows.at(-1);
  return {
    ok: true,
    page: {
      friends: rows.flatMap(friendsIn),
      deleted: rows.flatMap(deletedIn),
      cursor: lastRow ? tokenOf(["changes", first, upTo, lastRow.friend_id]) : null,
      since: tokenOf(["since", upTo + 1]),
    },
  };
}

/** The first page of an increment finds out where it ends. */
const NO_END = Number.MAX_SAFE_INTEGER;

/** The period that a page shows; see migrations/0003. The first page ends it. */
const PERIOD = "SELECT current AS period, removed FROM friend_changes WHERE id = 1";
const END_OF_PERIOD = `UPDATE friend_changes SET current = current + 1 WHERE id = 1
RETURNING current - 1 AS period, removed`;

/** One transaction: nothing is written between the period and the page. */
async function readWith(
  db: D1Database,
  period: typeof PERIOD | typeof END_OF_PERIOD,
  page: D1PreparedStatement,
): Promise<{ period: number; removed: number; rows: FriendRow[] }> {
  const [periods, rows] = await db.batch([db.prepare(period), page]);
  const [row] = (periods as D1Result<{ period: number; removed: number }>).results;
  if (row === undefined) throw new Error("friend_changes has no row");
  return { ...row, rows: (rows as D1Result<FriendRow>).results };
}

/** Whether one of two users has the other in the friend list. Two rows are read at most. */
export async function readFriendship(
  db: D1Database,
  userId: string,
  friendId: string,
): Promise<Friendship> {
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
  const [addedAt, addedBackAt] = [addedAtBy(userId), addedAtBy(friendId)];
  return {
    userId,
    friendId,
    direction:
      addedAt !== null
        ? addedBackAt !== null
          ? "mutual"
          : "outgoing"
        : addedBackAt !== null
          ? "incoming"
          : "none",
    addedAt,
    addedBackAt,
  };
}

const COLUMNS = "friend_id, added_at, deleted_at, initiator_id, source, admin_id, forced";

type FriendRow = {
  friend_id: string;
  added_at: number | null;
  deleted_at: number | null;
  initiator_id: string | null;
  source: string | null;
  admin_id: string | null;
  forced: 0 | 1;
};

function friendsIn(row: FriendRow): Friend[] {
  if (row.added_at === null) return [];
  return [
    {
      friendId: row.friend_id,
      addedAt: row.added_at,
      initiatorId: row.initiator_id,
      source: row.source,
      adminId: row.admin_id,
      forced: row.forced === 1,
    },
  ];
}

function deletedIn({ friend_id, deleted_at }: FriendRow): DeletedFriend[] {
  return deleted_at === null ? [] : [{ friendId: friend_id, deletedAt: deleted_at }];
}
