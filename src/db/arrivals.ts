import { ARRIVAL_STEP_MS, COUNT_DAYS, SILENCE_BUSY_HOURS, SILENCE_MS } from "../limits.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Notes that something authentic arrived in a step of time. Many isolates note it, and one writes a row. */
export async function insertArrival(db: D1Database, at: number): Promise<void> {
  await db.prepare("INSERT INTO arrivals (at) VALUES (?1) ON CONFLICT DO NOTHING").bind(at).run();
}

export type Arrivals = {
  /** The end of the last step in which something arrived, ms since the epoch; null: nothing in two days. */
  lastAt: number | null;
  /** Nothing arrives from an app that usually has traffic. */
  isSilent: boolean;
};

/** Reads about 290 rows: those of two days. */
export async function readArrivals(db: D1Database, nowMs: number): Promise<Arrivals> {
  const { results } = await db
    .prepare("SELECT at FROM arrivals WHERE at > ?1 ORDER BY at")
    .bind(nowMs - COUNT_DAYS * DAY_MS)
    .all<{ at: number }>();
  const last = results.at(-1)?.at;
  const lastAt = last === undefined ? null : Math.min(last + ARRIVAL_STEP_MS, nowMs);
  // Only the day up to the last arrival counts: a long silence must not become the usual state.
  const ages = results.map(({ at }) => (last ?? 0) - at).filter((age) => age < DAY_MS);
  const busyHours = new Set(ages.map((age) => Math.floor(age / HOUR_MS))).size;
  const isSilent =
    busyHours >= SILENCE_BUSY_HOURS && lastAt !== null && nowMs - lastAt >= SILENCE_MS;
  return { lastAt, isSilent };
}

/** @returns how many rows were removed */
export async function removeOldArrivals(db: D1Database, beforeMs: number): Promise<number> {
  const { meta } = await db.prepare("DELETE FROM arrivals WHERE at < ?1").bind(beforeMs).run();
  return meta.changes;
}
