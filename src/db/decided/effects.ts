import type { Reader } from "../reader.ts";
import type { DecidedName } from "./tables.ts";

/** How often a rule refused, and how often it only observed what it would have refused. */
export type Effect = { key: string; refused: number; observed: number };

/**
 * What each rule has done since a time, among the newest records of a table. Rows read: these records, twice,
 * because they are grouped.
 *
 * @returns the effects, and how many records were looked at
 */
export async function countEffects(
  db: Reader,
  name: DecidedName,
  { sinceMs, maxRows }: { sinceMs: number; maxRows: number },
): Promise<{ effects: Effect[]; rows: number }> {
  const { results } = await db
    .prepare(`
SELECT iif(code <> 0, rule_key, observed_key) AS key,
  sum(code <> 0) AS refused, sum(code = 0) AS observed, count(*) AS records
FROM (
  SELECT code, rule_key, observed_key FROM ${name}
  WHERE at > ?1 ORDER BY at DESC, call_id DESC, item DESC LIMIT ?2
)
GROUP BY 1`)
    .bind(sinceMs, maxRows)
    .all<{ key: string | null; refused: number; observed: number; records: number }>();
  return {
    effects: results.flatMap(({ key, refused, observed }) =>
      key === null ? [] : [{ key, refused, observed }],
    ),
    rows: results.reduce((sum, { records }) => sum + records, 0),
  };
}
