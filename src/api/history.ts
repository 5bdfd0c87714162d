import { type Bucket, countSteps, readHours } from "../db/decided/history.ts";
import type { Reader } from "../db/reader.ts";
import { HISTORY_MAX_ROWS } from "../limits.ts";
import type { History } from "./moderation-answers.ts";
import type { HistoryQuery } from "./moderation-parameters.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** The steps that are shown, and how many of them there are up to now. */
const STEPS = {
  minute: { ms: MINUTE_MS, count: 60 },
  hour: { ms: HOUR_MS, count: 48 },
  day: { ms: 24 * HOUR_MS, count: 30 },
};

/**
 * How many requests and responses were answered, by steps of time. Minutes are counted from the records.
 * Hours and days (of UTC) are counted from the hours that are added up, and from the records that are not.
 */
export async function readHistory(
  db: Reader,
  { by }: HistoryQuery,
  nowMs: number,
): Promise<History> {
  const { ms: stepMs, count } = STEPS[by];
  const sinceMs = nowMs - (nowMs % stepMs) - (count - 1) * stepMs;
  const { hours, behind } =
    by === "minute"
      ? { hours: [], behind: BOTH.map((name) => behindTime(name, sinceMs)) }
      : await readHours(db, sinceMs);
  const counted = await Promise.all(
    behind.map(({ name, after }) =>
      countSteps(db, name, { after, stepMs, maxRows: HISTORY_MAX_ROWS }),
    ),
  );
  const buckets = Array.from(
    { length: count },
    (_, step): Bucket => ({ at: sinceMs + step * stepMs, answered: 0, refused: 0, observed: 0 }),
  );
  for (const { at, answered, refused, observed } of [hours, ...counted].flat()) {
    const bucket = buckets[Math.floor((at - sinceMs) / stepMs)];
    if (bucket === undefined) continue;
    bucket.answered += answered;
    bucket.refused += refused;
    bucket.observed += observed;
  }
  const rowsOf = (some: readonly Bucket[]) => some.reduce((sum, { answered }) => sum + answered, 0);
  return { buckets, truncated: counted.some((some) => rowsOf(some) >= HISTORY_MAX_ROWS) };
}

const BOTH = ["friend_requests", "friend_responses"] as const;

function behindTime(name: (typeof BOTH)[number], sinceMs: number) {
  return { name, after: [sinceMs, "", 0] as [number, string, number] };
}
