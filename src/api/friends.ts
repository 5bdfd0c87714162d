import {
  type FriendRow,
  readBothWays,
  readChangesPage,
  readListPage,
} from "../db/friends/pages.ts";
import type { DeletedFriend, Friend, Friendship, FriendsPage } from "./answers.ts";
import type { FriendsQuery, ListKey } from "./parameters.ts";
import { encodeToken } from "./tokens.ts";

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
  if (cursor?.[0] === "changes") {
    const [, first, last, friendId] = cursor;
    return readChanges(db, userId, { first, last, friendId }, limit);
  }
  if (cursor === undefined && since !== undefined) {
    return readChanges(db, userId, { first: since[1], last: undefined, friendId: "" }, limit);
  }
  return { ok: true, page: await readList(db, userId, cursor, limit) };
}

async function readList(
  db: D1Database,
  userId: string,
  cursor: ListKey | undefined,
  limit: number,
): Promise<FriendsPage> {
  const from = cursor && { period: cursor[1], friendId: cursor[2] };
  const { period, rows } = await readListPage(db, userId, from, limit);
  const last = rows.length < limit ? undefined : rows.at(-1);
  return {
    friends: rows.flatMap(friendsIn),
    deleted: [],
    cursor: last ? encodeToken(["list", period, last.friend_id]) : null,
    since: encodeToken(["since", period + 1]),
  };
}

async function readChanges(
  db: D1Database,
  userId: string,
  range: { first: number; last: number | undefined; friendId: string },
  limit: number,
): Promise<FriendsResult> {
  const { period, removed, rows } = await readChangesPage(db, userId, range, limit);
  if (removed >= range.first) return { ok: false, reason: "since-expired" };
  const last = rows.length < limit ? undefined : rows.at(-1);
  return {
    ok: true,
    page: {
      friends: rows.flatMap(friendsIn),
      deleted: rows.flatMap(deletedIn),
      cursor: last ? encodeToken(["changes", range.first, period, last.friend_id]) : null,
      since: encodeToken(["since", period + 1]),
    },
  };
}

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

/** Whether one of two users has the other in the friend list. */
export async function readFriendship(
  db: D1Database,
  userId: string,
  friendId: string,
): Promise<Friendship> {
  const { addedAt, addedBackAt } = await readBothWays(db, userId, friendId);
  return { userId, friendId, direction: directionOf(addedAt, addedBackAt), addedAt, addedBackAt };
}

function directionOf(addedAt: number | null, addedBackAt: number | null): Friendship["direction"] {
  if (addedAt === null) return addedBackAt === null ? "none" : "incoming";
  return addedBackAt === null ? "outgoing" : "mutual";
}
