import { KIND_NAMES } from "../events/kinds.ts";
import { toMs } from "../events/order-key.ts";
import type { Databases } from "./databases.ts";
import { STORES } from "./kinds.ts";
import { eraseOf, readOtherIds } from "./pairs/erase.ts";
import { BLACKLIST, FRIENDS } from "./pairs/table.ts";
import { eraseQuotas } from "./quotas.ts";
import { ruleChangesWalk } from "./rule-changes.ts";
import type { Sweep } from "./sweep.ts";
import type { ErasureWalk } from "./walk.ts";

/**
 * Erases in every database the rows that a user's id finds: the user's friends and blacklist, the rows in
 * which those users have this user, and the user's dismissals and counts. `sweepErasures` erases what no key
 * finds. Idempotent. If one database fails, the others have done it.
 *
 * Pairs become tombstones, which keep only the two ids. A message that is still on its way would bring a
 * removed row back. Also, a caller that syncs another user's list must learn of the deletion. These
 * tombstones are removed together with all others.
 *
 * @param orderKey the order key of now
 * @returns how many friendships were erased
 */
export async function beginErasure(
  { of, all }: Databases,
  userId: string,
  orderKey: number,
): Promise<number> {
  const own = of(userId).db;
  const [friendIds, blockedIds] = await Promise.all([
    readOtherIds(own, FRIENDS, userId),
    readOtherIds(own, BLACKLIST, userId),
  ]);
  const erased = await Promise.all(
    all.map(({ db }) => eraseIn(db, { userId, friendIds, blockedIds, orderKey })),
  );
  return erased.reduce((sum, rows) => sum + rows, 0);
}

type Erasing = {
  userId: string;
  friendIds: readonly string[];
  blockedIds: readonly string[];
  orderKey: number;
};

/** @returns how many friendships were erased in this database */
async function eraseIn(
  db: D1Database,
  { userId, friendIds, blockedIds, orderKey }: Erasing,
): Promise<number> {
  const friends = eraseOf(db, FRIENDS, { userId, otherIds: friendIds, orderKey });
  const erased = await db.batch([
    ...friends,
    ...eraseOf(db, BLACKLIST, { userId, otherIds: blockedIds, orderKey }),
    db.prepare("DELETE FROM dismissals WHERE user_id = ?1").bind(userId),
    ...eraseQuotas(db, userId, toMs(orderKey)),
    db
      .prepare(
        `INSERT INTO erasures (user_id, order_key, walking, position) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (user_id) DO UPDATE SET
  order_key = excluded.order_key, walking = excluded.walking, position = excluded.position`,
      )
      .bind(userId, orderKey, FIRST.table, FIRST.start),
  ]);
  return erased.slice(0, friends.length).flatMap(({ results }) => results).length;
}

/**
 * Continues the erasures, in slices. It erases rows of others that point to the users, and records. Users at
 * the same place share the walk.
 *
 * @returns how many rows were erased
 */
export async function sweepErasures(db: D1Database, { sliceRows, draw }: Sweep): Promise<number> {
  let erased = 0;
  // Four statements: the place, the end of the slice, the slice, and the step after it.
  while (draw(4)) {
    const place = await db
      .prepare("SELECT walking, position FROM erasures ORDER BY order_key LIMIT 1")
      .first<{ walking: string; position: string }>();
    const index = WALKS.findIndex(({ table }) => table === place?.walking);
    const walk = WALKS[index];
    if (place === null || walk === undefined) break;
    erased += await walkSlice(db, walk, WALKS[index + 1], place.position, sliceRows);
  }
  return erased;
}

const WALKS: readonly ErasureWalk[] = [
  ...KIND_NAMES.flatMap((kind) => STORES[kind].erasure),
  ruleChangesWalk,
];
const [FIRST] = WALKS as [ErasureWalk, ...ErasureWalk[]];

/** A slice and the step after it are one transaction. */
async function walkSlice(
  db: D1Database,
  { table, key, erase }: ErasureWalk,
  next: ErasureWalk | undefined,
  position: string,
  rows: number,
): Promise<number> {
  const tuple = (parameter: string) =>
    `(${key.map((_, index) => `${parameter} ->> ${index}`).join(", ")})`;
  const columns = key.join(", ");
  const end = await db
    .prepare(
      `SELECT json_array(${columns}) AS key FROM ${table} WHERE (${columns}) > ${tuple("?1")}
ORDER BY ${columns} LIMIT 1 OFFSET ?2`,
    )
    .bind(position, rows - 1)
    .first<string>("key");

  const slice = `(${columns}) > ${tuple("?2")}${end === null ? "" : ` AND (${columns}) <= ${tuple("?3")}`}`;
  const to = end === null ? next && [next.table, next.start] : [table, end];
  const [erased] = await db.batch([
    db
      .prepare(`${erase} AND ${slice} RETURNING 1`)
      .bind(table, position, ...(end === null ? [] : [end])),
    to === undefined
      ? db
          .prepare("DELETE FROM erasures WHERE walking = ?1 AND position = ?2")
          .bind(table, position)
      : db
          .prepare(
            "UPDATE erasures SET walking = ?3, position = ?4 WHERE walking = ?1 AND position = ?2",
          )
          .bind(table, position, ...to),
  ]);
  return erased?.results.length ?? 0;
}
