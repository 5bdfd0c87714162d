import { RULE_KINDS } from "../../blocklist/key.ts";
import type { Reader } from "../reader.ts";
import type { DecidedName } from "./tables.ts";

/** `rate` and `none` refuse without a stored rule. `none`: a blocklist could not be read. */
export const REFUSAL_KINDS = [...RULE_KINDS, "rate", "none"] as const;

export type Counts = Record<`${"hour" | "day"}_${string}`, number>;

/**
 * Counts the items recorded in a table since two times, by what became of them. The columns of the day begin
 * with `day_`, those of the hour with `hour_`. Rows read: the records since `dayMs`, up to a bound.
 *
 * @returns the counts, and the size of the database in bytes
 */
export async function countDecided(
  db: Reader,
  name: DecidedName,
  { hourMs, dayMs, maxRows }: { hourMs: number; dayMs: number; maxRows: number },
): Promise<{ counts: Counts; databaseBytes: number }> {
  const { results, meta } = await db
    .prepare(
      `SELECT ${[...countsOf("hour", "at > ?1"), ...countsOf("day", "true")].join(", ")}
FROM (
  SELECT at, code, coalesce(rule_kind, 'none') AS kind, observed_key FROM ${name}
  WHERE at > ?2 ORDER BY at DESC, call_id DESC, item DESC LIMIT ?3
)`,
    )
    .bind(hourMs, dayMs, maxRows)
    .all<Counts>();
  return { counts: results[0] ?? {}, databaseBytes: meta.size_after };
}

/** The counts are side by side. With groups, the database would sort the rows and read them again. */
function countsOf(period: "hour" | "day", condition: string): string[] {
  const count = (what: string, name: string) =>
    `count(*) FILTER (WHERE ${condition} AND ${what}) AS ${period}_${name}`;
  return [
    count("true", "answered"),
    count("code <> 0", "refused"),
    count("code = 0 AND observed_key IS NOT NULL", "observed"),
    ...REFUSAL_KINDS.map((kind) => count(`code <> 0 AND kind = '${kind}'`, kind)),
  ];
}
