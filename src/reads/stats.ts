import { RULE_KINDS } from "../friends/blocklist.ts";
import { waitingDeadLetters } from "../friends/dead-letters.ts";
import { STATS_RESPONSES_MAX_ROWS } from "../limits.ts";
import type { Stats } from "./answers.ts";

const HOUR_MS = 3_600 * 1_000;
const DAY_MS = 24 * HOUR_MS;

/** What refuses without a rule is a blocklist that could not be read. */
const KINDS = [...RULE_KINDS, "none"] as const;

type Counts = Record<`${"hour" | "day"}_${string}`, number>;

/** Figures of the record and the database. Rows read: the records of the day, up to a bound. */
export async function readStats(db: D1Database, nowMs: number): Promise<Stats> {
  const [{ results, meta }, deadLetters] = await Promise.all([
    db
      .prepare(
        `SELECT ${[...countsOf("hour", "at > ?1"), ...countsOf("day", "true")].join(", ")}
FROM (
  SELECT at, code, coalesce(rule_kind, 'none') AS kind, observed_key FROM friend_responses
  WHERE at > ?2 ORDER BY at DESC, call_id DESC, item DESC LIMIT ?3
)`,
      )
      .bind(nowMs - HOUR_MS, nowMs - DAY_MS, STATS_RESPONSES_MAX_ROWS)
      .all<Counts>(),
    waitingDeadLetters(db, nowMs),
  ]);
  const counts = results[0] ?? {};
  const lastDay = periodOf("day", counts);
  return {
    lastHour: periodOf("hour", counts),
    lastDay,
    truncated: lastDay.answered >= STATS_RESPONSES_MAX_ROWS,
    deadLetters: deadLetters.depth,
    databaseBytes: meta.size_after,
  };
}

/** Counted side by side: groups would have the rows sorted, and read them again. */
function countsOf(period: "hour" | "day", condition: string): string[] {
  const count = (what: string, name: string) =>
    `count(*) FILTER (WHERE ${condition} AND ${what}) AS ${period}_${name}`;
  return [
    count("true", "answered"),
    count("code <> 0", "refused"),
    count("code = 0 AND observed_key IS NOT NULL", "observed"),
    ...KINDS.map((kind) => count(`code <> 0 AND kind = '${kind}'`, kind)),
  ];
}

function periodOf(period: "hour" | "day", counts: Counts): Stats["lastDay"] {
  const of = (name: string) => counts[`${period}_${name}`] ?? 0;
  return {
    answered: of("answered"),
    refused: of("refused"),
    observed: of("observed"),
    refusedByKind: Object.fromEntries(
      KINDS.map((kind) => [kind, of(kind)] as const).filter(([, count]) => count > 0),
    ),
  };
}
