import type { Sweep } from "../sweep.ts";
import type { PairTable } from "./table.ts";

type Key = [userId: string, otherId: string];

/** It is before every key: no account is empty. */
const START: Key = ["", ""];

/**
 * Removes the rows of pairs that were deleted before a time and also written before it. So a deletion that
 * comes late is remembered for the same time as the others. No index finds them: it would cost one more
 * written row with every change. A walk along the primary key passes every row of the table, in slices. The next run goes on
 * where this one stopped. At the end the walk begins anew.
 *
 * @param mayBegin whether the walk may begin anew; if not, a walk that has ended waits
 * @returns how many rows were removed
 */
export async function removeTombstones(
  db: D1Database,
  table: PairTable,
  { beforeMs, mayBegin = true, sliceRows, draw }: Sweep & { beforeMs: number; mayBegin?: boolean },
): Promise<number> {
  let removed = 0;
  let position = await positionOf(db, table);
  if (!mayBegin && isStart(position)) return 0;
  // Three statements: one finds the end of the slice, two are in a transaction.
  while (draw(3)) {
    const end = await endOfSlice(db, table, position, sliceRows);
    removed += await removeBetween(db, table, position, end, beforeMs);
    position = end ?? START;
    if (end === undefined) break;
  }
  await setPosition(db, table, position);
  return removed;
}

function isStart([userId]: Key): boolean {
  return userId === START[0];
}

/** The last key of the slice after a key; undefined where fewer rows are left. */
async function endOfSlice(
  db: D1Database,
  { name, other }: PairTable,
  after: Key,
  rows: number,
): Promise<Key | undefined> {
  const row = await db
    .prepare(`
SELECT user_id, ${other} AS other_id FROM ${name} WHERE (user_id, ${other}) > (?1, ?2)
ORDER BY user_id, ${other} LIMIT 1 OFFSET ?3`)
    .bind(...after, rows - 1)
    .first<{ user_id: string; other_id: string }>();
  return row === null ? undefined : [row.user_id, row.other_id];
}

/** Also notes the time up to which rows are gone: a caller that syncs must not miss a deletion. */
async function removeBetween(
  db: D1Database,
  { name, other }: PairTable,
  after: Key,
  end: Key | undefined,
  beforeMs: number,
): Promise<number> {
  const tombstones =
    // If one of the two is null, max() is null, too, and null is before nothing.
    `${name} WHERE max(deleted_at, changed_at) < ?1 AND (user_id, ${other}) > (?2, ?3)` +
    (end === undefined ? "" : ` AND (user_id, ${other}) <= (?4, ?5)`);
  const values = [beforeMs, ...after, ...(end ?? [])];
  const [, removed] = await db.batch([
    db
      .prepare(
        `UPDATE forgotten_changes SET changed_at = gone.changed_at
FROM (SELECT max(changed_at) AS changed_at FROM ${tombstones}) AS gone
WHERE list = '${name}' AND forgotten_changes.changed_at < gone.changed_at`,
      )
      .bind(...values),
    db.prepare(`DELETE FROM ${tombstones}`).bind(...values),
  ]);
  return removed?.meta.changes ?? 0;
}

async function positionOf(db: D1Database, { tombstones }: PairTable): Promise<Key> {
  const position = await db
    .prepare("SELECT position FROM walks WHERE name = ?1")
    .bind(tombstones)
    .first<string>("position");
  return position === null ? START : (JSON.parse(position) as Key);
}

async function setPosition(
  db: D1Database,
  { tombstones }: PairTable,
  position: Key,
): Promise<void> {
  await db
    .prepare(`
INSERT INTO walks (name, position) VALUES (?1, ?2)
ON CONFLICT (name) DO UPDATE SET position = excluded.position`)
    .bind(tombstones, JSON.stringify(position))
    .run();
}
