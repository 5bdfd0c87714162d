import type { Databases } from "../db/databases.ts";
import { readBetween } from "../db/pairs/pages.ts";
import { FRIENDS } from "../db/pairs/table.ts";
import type { Reader } from "../db/reader.ts";
import type { Friendship, FriendsPage } from "./answers.ts";
import { type PageResult, readPairs } from "./pairs.ts";
import type { PairsQuery } from "./parameters.ts";

/** A page of a user's friends, or of what changed since an earlier reading. */
export async function readFriends(
  { of }: Databases<Reader>,
  userId: string,
  query: PairsQuery,
): Promise<PageResult<FriendsPage>> {
  const read = await readPairs(of(userId).db, FRIENDS, userId, query);
  if (!read.ok) return read;
  const { added, deleted, cursor, since } = read;
  const friends = added.map((row) => ({
    friendId: row.other_id,
    addedAt: row.added_at,
    initiatorId: row.initiator_id,
    source: row.source,
    adminId: row.admin_id,
    forced: row.forced === 1,
  }));
  const gone = deleted.map((row) => ({ friendId: row.other_id, deletedAt: row.deleted_at }));
  return { ok: true, page: { friends, deleted: gone, cursor, since } };
}

/** Whether one of two users has the other in the friend list, or in the blacklist. */
export async function readFriendship(
  { of }: Databases<Reader>,
  userId: string,
  friendId: string,
): Promise<Friendship> {
  const between = await readBetween(of(userId).db, of(friendId).db, userId, friendId);
  const direction = directionOf(between.addedAt, between.addedBackAt);
  return { userId, friendId, direction, ...between };
}

function directionOf(addedAt: number | null, addedBackAt: number | null): Friendship["direction"] {
  if (addedAt === null) return addedBackAt === null ? "none" : "incoming";
  return addedBackAt === null ? "outgoing" : "mutual";
}
