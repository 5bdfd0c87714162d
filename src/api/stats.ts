import { type Outcome, readCounts } from "../db/counts.ts";
import type { Databases } from "../db/databases.ts";
import { waitingDeadLetters } from "../db/dead-letters.ts";
import { type Counts, countDecided, REFUSAL_KINDS } from "../db/decided/counts.ts";
import type { Reader } from "../db/reader.ts";
import { readReconciliation } from "../db/reconciliation.ts";
import { STATS_DECIDED_MAX_ROWS } from "../limits.ts";
import type { Stats } from "./answers.ts";

const HOUR_MS = 3_600 * 1_000;
const DAY_MS = 24 * HOUR_MS;

/** Figures of the record and the database. Rows read: the records of the day, up to a bound. */
export async function readStats(
  { main: { db: main }, records: { db: records } }: Databases<Reader>,
  nowMs: number,
): Promise<Stats> {
  const since = { hourMs: nowMs - HOUR_MS, dayMs: nowMs - DAY_MS };
  const maxRows = STATS_DECIDED_MAX_ROWS;
  const [responses, requests, deadLetters, passed, reconciliation] = await Promise.all([
    countDecided(records, "friend_responses", { ...since, maxRows }),
    countDecided(records, "friend_requests", { ...since, maxRows }),
    waitingDeadLetters(records, nowMs),
    readCounts(main, since),
    readReconciliation(main),
  ]);
  const figures = { ...periodsOf(responses.counts), requests: periodsOf(requests.counts) };
  return {
    ...figures,
    truncated: Math.max(figures.lastDay.answered, figures.requests.lastDay.answered) >= maxRows,
    deadLetters: deadLetters.depth,
    databaseBytes: responses.databaseBytes,
    backend: { lastHour: familiesOf("hour", passed), lastDay: familiesOf("day", passed) },
    reconciliation,
  };
}

/** Counts by the family of the command. A family with no count is left out. */
function familiesOf(
  period: "hour" | "day",
  passed: Awaited<ReturnType<typeof readCounts>>,
): Stats["backend"]["lastDay"] {
  const families = Map.groupBy(
    passed.filter((row) => row[period] > 0),
    ({ family }) => family,
  );
  return Object.fromEntries(
    [...families].map(([family, rows]) => {
      const of = (name: Outcome) => rows.find(({ outcome }) => outcome === name)?.[period] ?? 0;
      return [
        family,
        {
          passedOn: of("passed-on"),
          late: of("late"),
          failed: of("failed"),
          kept: of("kept"),
          deliveredLater: of("delivered-later"),
        },
      ];
    }),
  );
}

function periodsOf(counts: Counts): Stats["requests"] {
  return { lastHour: periodOf("hour", counts), lastDay: periodOf("day", counts) };
}

function periodOf(period: "hour" | "day", counts: Counts): Stats["lastDay"] {
  const of = (name: string) => counts[`${period}_${name}`] ?? 0;
  return {
    answered: of("answered"),
    refused: of("refused"),
    observed: of("observed"),
    refusedByKind: Object.fromEntries(
      REFUSAL_KINDS.map((kind) => [kind, of(kind)] as const).filter(([, count]) => count > 0),
    ),
  };
}
