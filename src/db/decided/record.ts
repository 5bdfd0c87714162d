import { type DecidedEvent, entriesOf } from "../../events/kinds.ts";
import { jsonRows } from "../json-rows.ts";
import { removeBefore } from "../slices.ts";
import type { Sweep } from "../sweep.ts";
import { type ErasureWalk, erasing, orderKeyOf } from "../walk.ts";
import type { DecidedName, DecidedTable } from "./tables.ts";

/**
 * Records in one statement what was decided. Idempotent.
 *
 * @returns how many rows were written: one for an item, two for a refused one
 * @throws what D1 throws; then nothing was written
 */
export async function recordDecided<Event extends DecidedEvent>(
  db: D1Database,
  { name, shared, entry }: DecidedTable<Event>,
  events: readonly Event[],
): Promise<number> {
  const rows = events.flatMap((event) => {
    const ofAll = Object.values(shared).map((member) => event[member]);
    return (entriesOf(event) as readonly unknown[][]).map((values) => [...ofAll, ...values]);
  });
  const { parameters, source } = jsonRows(rows);
  if (parameters.length === 0) return 0;
  const columns = [...Object.keys(shared), ...entry];
  const { meta } = await db
    .prepare(`
INSERT INTO ${name} (${columns.join(", ")})
SELECT ${columns.map((_, index) => `value ->> ${index}`).join(", ")}
FROM ${source}
WHERE true
ON CONFLICT (at, call_id, item) DO NOTHING`)
    .bind(...parameters)
    .run();
  return meta.rows_written;
}

const KEY = ["at", "call_id", "item"];

/**
 * Removes the records from before a time, in slices, the oldest first.
 *
 * @returns how many were removed
 */
export function removeOldDecided(
  db: D1Database,
  name: DecidedName,
  { beforeMs, ...sweep }: Sweep & { beforeMs: number },
): Promise<number> {
  return removeBefore(db, { name, key: KEY }, beforeMs, sweep);
}

/** Records about the users who are erased. */
export function decidedWalk(name: DecidedName): ErasureWalk {
  return {
    table: name,
    key: KEY,
    start: '[0,"",0]',
    erase: `
DELETE FROM ${name}
WHERE ${erasing("responder_id, applicant_id, requester_id", orderKeyOf(`${name}.at`))}`,
  };
}
