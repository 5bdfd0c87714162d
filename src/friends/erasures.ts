import { msOf, TICKS_PER_MS } from "./order-key.ts";

/**
 * Erases what a user's id finds: the user's friends, the rows in which those have the user, and the
 * user's dismissals. What no key finds is left to `sweepErasures`. Again is the same as once.
 *
 * Friendships become tombstones, which keep the two ids and nothing else: a message that is still
 * on its way would bring a removed row back, and who syncs a friend's list has to learn of it. They
 * go with all other tombstones.
 *
 * @param version the order key of now
 * @returns how many friendships were erased
 */
export async function beginErasure(
  db: D1Database,
  userId: string,
  version: number,
): Promise<number> {
  const tombstone = `
UPDATE friends SET version = max(version, ?2), deleted_at = ?3, ${NOTHING_ELSE}
WHERE deleted_at IS NULL`;
  const ofUser = (condition: string) =>
    db.prepare(`${tombstone} AND ${condition} RETURNING 1`).bind(userId, version, msOf(version));
  const [mirrored, own] = await db.batch([
    ofUser("friend_id = ?1 AND user_id IN (SELECT friend_id FROM friends WHERE user_id = ?1)"),
    ofUser("user_id = ?1"),
    db.prepare("DELETE FROM dismissals WHERE user_id = ?1").bind(userId),
    db
      .prepare(
        `INSERT INTO erasures (user_id, version, walking, position) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (user_id) DO UPDATE SET
  version = excluded.version, walking = excluded.walking, position = excluded.position`,
      )
      .bind(userId, version, WALKS[0].table, WALKS[0].start),
  ]);
  return (mirrored?.results.length ?? 0) + (own?.results.length ?? 0);
}

/**
 * Goes on with the erasures, in slices: rows of others that point to the users, and records. Users
 * at the same place share the walk.
 *
 * @returns how many rows were erased
 */
export async function sweepErasures(
  db: D1Database,
  { sliceRows, maxSlices }: { sliceRows: number; maxSlices: number },
): Promise<number> {
  let erased = 0;
  for (let slice = 0; slice < maxSlices; slice++) {
    const place = await db
      .prepare("SELECT walking, position FROM erasures ORDER BY version LIMIT 1")
      .first<{ walking: string; position: string }>();
    const index = WALKS.findIndex(({ table }) => table === place?.walking);
    const walk = WALKS[index];
    if (place === null || walk === undefined) break;
    erased += await walkSlice(db, walk, WALKS[index + 1], place.position, sliceRows);
  }
  return erased;
}

type Walk = { table: string; key: readonly string[]; start: string; erase: string };

/** What a tombstone keeps besides its key, its version and its time; see migrations/0003. */
const NOTHING_ELSE = `
  added_at = NULL, initiator_id = NULL, source = NULL, admin_id = NULL, forced = 0,
  change = (SELECT current FROM friend_changes WHERE id = 1)`;

/** The erasures at this place (?1, ?2) that are about one of the ids, and newer than the row. */
const erasing = (ids: string, version: string) =>
  `EXISTS (
  SELECT 1 FROM erasures
  WHERE user_id IN (${ids}) AND walking = ?1 AND position = ?2 AND erasures.version >= ${version}
)`;
const versionOf = "(SELECT erasures.version FROM erasures WHERE user_id = friend_id)";

/** The tables in the order of the walk: the primary key, before its first, and what is done. */
const WALKS: readonly [Walk, ...Walk[]] = [
  {
    table: "friends",
    key: ["user_id", "friend_id"],
    start: '["",""]',
    erase: `
UPDATE friends SET
  version = ${versionOf}, deleted_at = ${versionOf} / ${TICKS_PER_MS}, ${NOTHING_ELSE}
WHERE deleted_at IS NULL AND ${erasing("friends.friend_id", "friends.version")}`,
  },
  {
    table: "dismissals",
    key: ["user_id", "candidate_id"],
    start: '["",""]',
    erase: `
DELETE FROM dismissals
WHERE ${erasing("dismissals.candidate_id", `dismissals.dismissed_at * ${TICKS_PER_MS}`)}`,
  },
  {
    table: "friend_responses",
    key: ["at", "call_id", "item"],
    start: '[0,"",0]',
    erase: `
DELETE FROM friend_responses
WHERE ${erasing("from_id, to_id, requester_id", `friend_responses.at * ${TICKS_PER_MS}`)}`,
  },
];

/** A slice is one transaction with the step behind it. */
async function walkSlice(
  db: D1Database,
  { table, key, erase }: Walk,
  next: Walk | undefined,
  position: string,
  rows: number,
): Promise<number> {
  const keyOf = (parameter: string) =>
    `(${key.map((_, index) => `${parameter} ->> ${index}`).join(", ")})`;
  const columns = key.join(", ");
  const end = await db
    .prepare(
      `SELECT json_array(${columns}) AS key FROM ${table} WHERE (${columns}) > ${keyOf("?1")}
ORDER BY ${columns} LIMIT 1 OFFSET ?2`,
    )
    .bind(position, rows - 1)
    .first<string>("key");

  const slice = `(${columns}) > ${keyOf("?2")}${end === null ? "" : ` AND (${columns}) <= ${keyOf("?3")}`}`;
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
