import type { FriendsChanged } from "../../events/kinds.ts";
import { toMs } from "../../events/order-key.ts";
import { jsonRows } from "../json-rows.ts";

/** A row of `friends` as an event makes it: the columns in the order of the statement below. */
type Row = [
  userId: string,
  friendId: string,
  orderKey: number,
  addedAt: number | null,
  deletedAt: number | null,
  initiatorId: string | null,
  source: string | null,
  adminId: string | null,
  forced: 0 | 1,
];

/**
 * Brings the friends table up to date with events that come in any order and any number of times.
 *
 * A row is what the newest event of its pair says: the greatest order key wins, a deletion wins over
 * an addition of the same order key, and attributes are compared last, so that every order of the
 * same events ends in the same row. One statement, whatever the number of pairs; a row is written
 * only where it changes, and then with the number of the current period (migrations/0003).
 *
 * @returns how many rows were written
 * @throws what D1 throws; then nothing was written
 */
export async function applyFriendsChanged(
  db: D1Database,
  events: readonly FriendsChanged[],
): Promise<number> {
  const rows = newestOfEachPair(events.flatMap(rowsOf));
  if (rows.length === 0) return 0;
  const { parameters, source } = jsonRows(rows);
  const { meta } = await db
    .prepare(upsertFrom(source))
    .bind(...parameters)
    .run();
  return meta.rows_written;
}

function upsertFrom(source: string): string {
  return `
INSERT INTO friends
  (user_id, friend_id, order_key, added_at, deleted_at, initiator_id, source, admin_id, forced, change)
SELECT
  value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4,
  value ->> 5, value ->> 6, value ->> 7, value ->> 8,
  (SELECT current FROM friend_changes WHERE id = 1)
FROM ${source}
WHERE true
ON CONFLICT (user_id, friend_id) DO UPDATE SET
  order_key = excluded.order_key,
  added_at = excluded.added_at,
  deleted_at = excluded.deleted_at,
  initiator_id = excluded.initiator_id,
  source = excluded.source,
  admin_id = excluded.admin_id,
  forced = excluded.forced,
  change = excluded.change
WHERE ${orderOf("excluded")} > ${orderOf("friends")}`;
}

/** The same order as `isNewer`, in SQL. */
function orderOf(row: "excluded" | "friends"): string {
  return `(${row}.order_key, ${row}.deleted_at IS NOT NULL, ifnull(${row}.initiator_id, ''),
  ifnull(${row}.source, ''), ifnull(${row}.admin_id, ''), ${row}.forced)`;
}

function rowsOf(event: FriendsChanged): Row[] {
  const at = toMs(event.orderKey);
  return event.pairs.map(([userId, friendId, initiatorId]) =>
    event.type === "friends-added"
      ? [
          userId,
          friendId,
          event.orderKey,
          at,
          null,
          initiatorId,
          event.source,
          event.adminId,
          event.forced ? 1 : 0,
        ]
      : [userId, friendId, event.orderKey, null, at, null, null, null, 0],
  );
}

/** One row for each pair, so that a pair that changes twice in a batch is written once. */
function newestOfEachPair(rows: readonly Row[]): Row[] {
  const newest = new Map<string, Row>();
  for (const row of rows) {
    const pair = JSON.stringify([row[0], row[1]]);
    const before = newest.get(pair);
    if (before === undefined || isNewer(row, before)) newest.set(pair, row);
  }
  return [...newest.values()];
}

/** The same order as `orderOf`, in JavaScript. */
function isNewer(a: Row, b: Row): boolean {
  const [, , orderKeyA, , deletedA, initiatorA, sourceA, adminA, forcedA] = a;
  const [, , orderKeyB, , deletedB, initiatorB, sourceB, adminB, forcedB] = b;
  const differences = [
    orderKeyA - orderKeyB,
    Number(deletedA !== null) - Number(deletedB !== null),
    compareBytes(initiatorA ?? "", initiatorB ?? ""),
    compareBytes(sourceA ?? "", sourceB ?? ""),
    compareBytes(adminA ?? "", adminB ?? ""),
    forcedA - forcedB,
  ];
  return (differences.find((difference) => difference !== 0) ?? 0) > 0;
}

const encoder = new TextEncoder();

/** SQLite compares text by its UTF-8 bytes; `<` would compare UTF-16 units. */
function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  const [bytesA, bytesB] = [encoder.encode(a), encoder.encode(b)];
  const at = bytesA.findIndex((byte, index) => byte !== bytesB[index]);
  return at === -1 ? bytesA.length - bytesB.length : (bytesA[at] ?? 0) - (bytesB[at] ?? -1);
}
