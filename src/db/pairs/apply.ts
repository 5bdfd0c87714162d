import { toMs } from "../../events/order-key.ts";
import { jsonRows } from "../json-rows.ts";
import { type Row, rowOf, writeRows } from "./rows.ts";
import type { PairsChanged, PairTable } from "./table.ts";

/**
 * Brings a table of pairs up to date with events that come in any order and any number of times.
 *
 * @returns how many rows were written
 * @throws what D1 throws; then nothing was written
 */
export async function applyPairs<Event extends PairsChanged, Attributes extends object>(
  db: D1Database,
  table: PairTable<Event, Attributes>,
  events: readonly Event[],
): Promise<number> {
  return writeRows(
    db,
    table,
    events.flatMap((event) => rowsOf(table, event)),
  );
}

/**
 * The part of an event that can still be applied when the event is older than any tombstone. It is the pairs
 * that have a row: there the newer of the two wins, as always. For the other pairs, a deletion would delete
 * nothing. An addition could bring back a pair that was deleted since, when that tombstone is gone.
 *
 * @returns `isSettled`: what was left out changes nothing
 */
export async function recallPairs<Event extends PairsChanged, Attributes extends object>(
  db: D1Database,
  { name, other, adds }: PairTable<Event, Attributes>,
  event: Event,
): Promise<{ event: Event; isSettled: boolean }> {
  const { parameters, source } = jsonRows(event.pairs);
  const { results } = await db
    .prepare(
      `SELECT value ->> 0 AS user_id, value ->> 1 AS other_id FROM ${source}
WHERE EXISTS (SELECT 1 FROM ${name} WHERE user_id = value ->> 0 AND ${other} = value ->> 1)`,
    )
    .bind(...parameters)
    .all<{ user_id: string; other_id: string }>();
  const known = new Set(results.map((row) => JSON.stringify([row.user_id, row.other_id])));
  const pairs = event.pairs.filter(([userId, otherId]) =>
    known.has(JSON.stringify([userId, otherId])),
  );
  const isSettled = event.type !== adds || pairs.length === event.pairs.length;
  return { event: { ...event, pairs }, isSettled };
}

function rowsOf<Event extends PairsChanged, Attributes extends object>(
  table: PairTable<Event, Attributes>,
  event: Event,
): Row[] {
  const { type, orderKey, pairs } = event;
  const addedAt = toMs(orderKey);
  return (pairs as Event["pairs"][number][]).map((pair) =>
    type === table.adds
      ? rowOf(table, pair, orderKey, addedAt, table.attributesOf(event, pair))
      : rowOf(table, pair, orderKey, null),
  );
}
