import { toOrderKey } from "../../events/order-key.ts";
import { type Drift, driftOf, type FriendList, type KnownPair } from "./drift.ts";
import { rowOf, writeRows } from "./rows.ts";
import { FRIENDS } from "./table.ts";

/**
 * How the table differs from the lists of some users. One statement for any number of users; it reads these
 * users' rows.
 *
 * @returns undefined if they have more than `maxRows`
 */
export async function compareLists(
  db: D1Database,
  lists: readonly FriendList[],
  maxRows: number,
): Promise<Drift | undefined> {
  const { results } = await db
    .prepare(
      `SELECT lists.key AS list, friend_id, order_key, deleted_at
FROM json_each(?1) AS lists CROSS JOIN friends ON user_id = lists.value LIMIT ?2 + 1`,
    )
    .bind(JSON.stringify(lists.map(({ userId }) => userId)), maxRows)
    .all<KnownPair>();
  return results.length > maxRows ? undefined : driftOf(lists, results);
}

/**
 * Brings the table up to the lists, like events from the time when the lists were read. What is newer wins,
 * even if it came in between.
 *
 * @returns how many rows were written
 */
export function repair(db: D1Database, { missing, extra }: Drift): Promise<number> {
  return writeRows(db, FRIENDS, [
    ...missing.map(({ userId, friendId, readAt, addedAt = readAt, source = "reconcile" }) =>
      rowOf(FRIENDS, [userId, friendId], toOrderKey(readAt), addedAt, { ...FRIENDS.none, source }),
    ),
    ...extra.map(({ userId, friendId, readAt }) =>
      rowOf(FRIENDS, [userId, friendId], toOrderKey(readAt), null),
    ),
  ]);
}
