import type { Reader } from "../reader.ts";
import type { Sweep } from "../sweep.ts";
import type { DecidedKey, DecidedName } from "./tables.ts";

const HOUR_MS = 3_600_000;
const NAMES: readonly DecidedName[] = ["friend_requests", "friend_responses"];
/** The name in `walks` of how far the hours are added up. */
const walkOf = (name: DecidedName) => `history-${name}`;

/** What was recorded in a step of time, which begins at `at`, in milliseconds since the epoch. */
export type Bucket = { at: number; answered: number; refused: number; observed: number };

/** The counts of a source of records, by steps of so many milliseconds. */
const counted = (step: string, source: string) => `
SELECT at - at % ${step} AS at, count(*) AS answered, sum(code <> 0) AS refused,
  sum(code = 0 AND observed_key IS NOT NULL) AS observed
FROM ${source} GROUP BY 1`;

/**
 * What was recorded in a table behind a place, by steps of time: the newest so many records. Rows read: those,
 * twice, for they are grouped.
 */
export async function countSteps(
  db: Reader,
  name: DecidedName,
  { after, stepMs, maxRows }: { after: DecidedKey; stepMs: number; maxRows: number },
): Promise<Bucket[]> {
  const newest = `(
  SELECT at, code, observed_key FROM ${name} WHERE (at, call_id, item) > (?2, ?3, ?4)
  ORDER BY at DESC, call_id DESC, item DESC LIMIT ?5
)`;
  const { results } = await db
    .prepare(counted("?1", newest))
    .bind(stepMs, ...after, maxRows)
    .all<Bucket>();
  return results;
}

/** The hours since a time that are added up already. */
export async function readHours(db: Reader, sinceMs: number): Promise<Bucket[]> {
  const { results } = await db
    .prepare("SELECT at, answered, refused, observed FROM decided_hours WHERE at >= ?1")
    .bind(sinceMs)
    .all<Bucket>();
  return results;
}

/** Behind which record of each table the hours are not added up yet. */
export async function readAddedUp(
  db: Reader,
  sinceMs: number,
): Promise<{ name: DecidedName; after: DecidedKey }[]> {
  const { results } = await db
    .prepare("SELECT name, position FROM walks WHERE name IN (?1, ?2)")
    .bind(...NAMES.map(walkOf))
    .all<{ name: string; position: string }>();
  return NAMES.map((name) => {
    const position = results.find((row) => row.name === walkOf(name))?.position;
    const [at, callId, item]: DecidedKey =
      position === undefined ? [0, "", 0] : JSON.parse(position);
    return { name, after: at < sinceMs ? [sinceMs, "", 0] : [at, callId, item] };
  });
}

/**
 * Adds up whole hours of both records, in slices, from where the last run stopped. What is recorded later
 * than in the hour's own or the next run is not in it.
 *
 * @returns how many hours have changed
 */
export async function addUpHours(
  db: D1Database,
  nowMs: number,
  { sliceRows, draw }: Sweep,
): Promise<number> {
  const untilMs = nowMs - (nowMs % HOUR_MS);
  let changed = 0;
  for (const { name, after } of draw(1) ? await readAddedUp(db, 0) : []) {
    let position = after;
    // Where the slice ends, in two, and two in a transaction.
    while (draw(4)) {
      const end = await endOfSlice(db, name, { position, untilMs, sliceRows });
      if (end === undefined) break;
      const slice = `${name} WHERE (at, call_id, item) > (?1, ?2, ?3) AND (at, call_id, item) <= (?4, ?5, ?6)`;
      const [hours] = await db.batch([
        db
          .prepare(`
INSERT INTO decided_hours (at, answered, refused, observed)
SELECT * FROM (${counted(String(HOUR_MS), slice)}) WHERE true
ON CONFLICT (at) DO UPDATE SET answered = answered + excluded.answered,
  refused = refused + excluded.refused, observed = observed + excluded.observed`)
          .bind(...position, ...end.key),
        db
          .prepare("REPLACE INTO walks (name, position) VALUES (?1, ?2)")
          .bind(walkOf(name), JSON.stringify(end.key)),
      ]);
      changed += hours?.meta.changes ?? 0;
      position = end.key;
      if (end.isLast) break;
    }
  }
  return changed;
}

/** The last record of the next slice; undefined where there is none. */
async function endOfSlice(
  db: D1Database,
  name: DecidedName,
  { position, untilMs, sliceRows }: { position: DecidedKey; untilMs: number; sliceRows: number },
): Promise<{ key: DecidedKey; isLast: boolean } | undefined> {
  const find = (order: "ASC" | "DESC", skipped: number) =>
    db
      .prepare(`
SELECT at, call_id, item FROM ${name} WHERE (at, call_id, item) > (?1, ?2, ?3) AND at < ?4
ORDER BY at ${order}, call_id ${order}, item ${order} LIMIT 1 OFFSET ?5`)
      .bind(...position, untilMs, skipped)
      .first<{ at: number; call_id: string; item: number }>();
  const full = await find("ASC", sliceRows - 1);
  const row = full ?? (await find("DESC", 0));
  return row === null ? undefined : { key: [row.at, row.call_id, row.item], isLast: full === null };
}

/** @returns how many rows were removed */
export async function removeOldHours(db: D1Database, beforeMs: number): Promise<number> {
  const { meta } = await db.prepare("DELETE FROM decided_hours WHERE at < ?1").bind(beforeMs).run();
  return meta.changes;
}
