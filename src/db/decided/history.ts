import type { Reader } from "../reader.ts";
import type { Sweep } from "../sweep.ts";
import type { DecidedKey, DecidedName } from "./tables.ts";

const HOUR_MS = 3_600_000;
const NAMES: readonly DecidedName[] = ["friend_requests", "friend_responses"];
/** The name of the row in `walks` that says how far the hours are added up. */
const walkOf = (name: DecidedName) => `history-${name}`;

/** What was recorded in a step of time, which begins at `at`, in milliseconds since the epoch. */
export type Bucket = { at: number; answered: number; refused: number; observed: number };

/** The counts of a source of records, by steps of `step` milliseconds. */
const counted = (step: string, source: string) => `
SELECT at - at % ${step} AS at, count(*) AS answered, sum(code <> 0) AS refused,
  sum(code = 0 AND observed_key IS NOT NULL) AS observed
FROM ${source} GROUP BY 1`;

/**
 * What was recorded in a table after a place, by steps of time. It looks at the newest `maxRows` records.
 * Rows read: these records, twice, because they are grouped.
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

/** A table, and the record after which its hours are not added up yet. */
export type NotAddedUp = { name: DecidedName; after: DecidedKey };

/**
 * Reads the hours since a time that are added up, and what is not added up yet. Both are of one moment.
 * Otherwise, with a run in between, records would be missing or count twice.
 */
export async function readHours(
  db: Reader,
  sinceMs: number,
): Promise<{ hours: Bucket[]; behind: NotAddedUp[] }> {
  const hours = db
    .prepare("SELECT at, answered, refused, observed FROM decided_hours WHERE at >= ?1")
    .bind(sinceMs);
  const [added, walks] = await db.batch<Bucket & WalkRow>([hours, walksIn(db)]);
  const behind = behindOf(walks?.results ?? []).map(({ name, after }) => ({
    name,
    after: after[0] < sinceMs ? ([sinceMs, "", 0] satisfies DecidedKey) : after,
  }));
  return { hours: added?.results ?? [], behind };
}

type WalkRow = { name: string; position: string };
/** Before every record. */
const START = '[0,"",0]';

function walksIn(db: Reader): D1PreparedStatement {
  return db
    .prepare("SELECT name, position FROM walks WHERE name IN (?1, ?2)")
    .bind(...NAMES.map(walkOf));
}

function behindOf(rows: readonly WalkRow[]): NotAddedUp[] {
  return NAMES.map((name) => {
    const { position = START } = rows.find((row) => row.name === walkOf(name)) ?? {};
    return { name, after: JSON.parse(position) };
  });
}

/**
 * Adds up whole hours of both records, in slices, from where the last run stopped. An hour does not include
 * what is recorded later than in its own run or the next one.
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
  if (!draw(1)) return changed;
  const { results } = await walksIn(db).all<WalkRow>();
  for (const { name, after } of behindOf(results)) {
    let position = after;
    // Four statements: two find the end of the slice, two are in a transaction.
    while (draw(4)) {
      const end = await endOfSlice(db, name, { position, untilMs, sliceRows });
      if (end === undefined) break;
      const slice = `${name} WHERE (at, call_id, item) > (?1, ?2, ?3) AND (at, call_id, item) <= (?4, ?5, ?6)`;
      // Two runs may overlap. A run adds nothing if the other one has come further.
      const isAt = (walk: string, place: string) =>
        `coalesce((SELECT position FROM walks WHERE name = ${walk}), '${START}') = ${place}`;
      const place = [walkOf(name), JSON.stringify(position)];
      const [hours, walk] = await db.batch([
        db
          .prepare(`
INSERT INTO decided_hours (at, answered, refused, observed)
SELECT * FROM (${counted(String(HOUR_MS), slice)}) WHERE ${isAt("?7", "?8")}
ON CONFLICT (at) DO UPDATE SET answered = answered + excluded.answered,
  refused = refused + excluded.refused, observed = observed + excluded.observed`)
          .bind(...position, ...end.key, ...place),
        db
          .prepare(`REPLACE INTO walks (name, position) SELECT ?1, ?3 WHERE ${isAt("?1", "?2")}`)
          .bind(...place, JSON.stringify(end.key)),
      ]);
      changed += hours?.meta.changes ?? 0;
      position = end.key;
      if (end.isLast || walk?.meta.changes === 0) break;
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
