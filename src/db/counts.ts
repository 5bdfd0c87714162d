import { COUNT_STEP_MS } from "../limits.ts";
import { jsonRows } from "./json-rows.ts";
import type { Reader } from "./reader.ts";

/** What became of callbacks that friendgate does not answer itself. */
export type Outcome =
  /** The backend's answer was Tencent's. */
  | "passed-on"
  /** `late`: the backend did not answer in time. `failed`: no answer, a 5xx, or no 2xx after an action. */
  | "late"
  | "failed"
  /** The callback was put on the queue of what waits for the backend. */
  | "kept"
  /** The queue delivered it later, with success. */
  | "delivered-later";

export type Count = {
  /** When the step of time began, in milliseconds since the epoch. */
  at: number;
  family: string;
  outcome: Outcome;
  count: number;
};

/** The beginning of the step in which something is counted, in milliseconds since the epoch. */
export function stepOf(nowMs: number): number {
  return nowMs - (nowMs % COUNT_STEP_MS);
}

/** @throws what D1 throws; then nothing was counted */
export async function addCounts(db: D1Database, counts: readonly Count[]): Promise<void> {
  if (counts.length === 0) return;
  const { parameters, source } = jsonRows(
    counts.map(({ at, family, outcome, count }) => [at, family, outcome, count]),
  );
  await db
    .prepare(`
INSERT INTO callback_counts (at, family, outcome, count)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM ${source}
WHERE true
ON CONFLICT (at, family, outcome) DO UPDATE SET count = count + excluded.count`)
    .bind(...parameters)
    .run();
}

/** The counts of the steps that began after a time, for each family and outcome together. */
export async function readCounts(
  db: Reader,
  { hourMs, dayMs }: { hourMs: number; dayMs: number },
): Promise<{ family: string; outcome: Outcome; hour: number; day: number }[]> {
  const { results } = await db
    .prepare(`
SELECT family, outcome, sum(iif(at > ?1, count, 0)) AS hour, sum(count) AS day
FROM callback_counts WHERE at > ?2 GROUP BY family, outcome ORDER BY family, outcome`)
    .bind(hourMs, dayMs)
    .all<{ family: string; outcome: Outcome; hour: number; day: number }>();
  return results;
}

/** @returns how many rows were removed */
export async function removeOldCounts(db: D1Database, beforeMs: number): Promise<number> {
  const { meta } = await db
    .prepare("DELETE FROM callback_counts WHERE at < ?1")
    .bind(beforeMs)
    .run();
  return meta.changes;
}
