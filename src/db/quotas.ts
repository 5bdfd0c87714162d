import type { RequestsDecided } from "../events/kinds.ts";
import { QUOTA_DAYS } from "../limits.ts";
import { jsonRows } from "./json-rows.ts";
import { removeBefore } from "./slices.ts";
import type { Sweep } from "./sweep.ts";

const DAY_MS = 24 * 3_600 * 1_000;

/** The day of a time, UTC: how many days came before it since the epoch. */
function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}

/** A user who has sent more requests on a day than allowed. */
export type OverQuota = { day: number; applicant_id: string };

/**
 * Counts the requests of these callbacks that were let through. Then it finds the senders who are over `max`
 * and were given no rule for that day. Both are in one transaction: of two batches at once, one sees both.
 * Idempotent. Rows read: each sender's rows of that day, until the sender is over.
 *
 * @throws what D1 throws; then nothing was counted
 */
export async function countRequests(
  db: D1Database,
  events: readonly RequestsDecided[],
  { max, nowMs }: { max: number; nowMs: number },
): Promise<OverQuota[]> {
  const { parameters, source } = jsonRows(
    events
      .filter(({ through }) => through > 0)
      .map(({ at, applicantId, callId, through }) => [dayOf(at), applicantId, callId, through]),
  );
  if (parameters.length === 0) return [];
  const own = (index: number) => `?${parameters.length + index}`;
  const [, over] = await db.batch<OverQuota>([
    db
      .prepare(`
INSERT INTO request_counts (day, applicant_id, call_id, count)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM ${source}
WHERE true
ON CONFLICT (day, applicant_id, call_id) DO NOTHING`)
      .bind(...parameters),
    db
      .prepare(`
SELECT day, applicant_id
FROM (SELECT DISTINCT value ->> 0 AS day, value ->> 1 AS applicant_id FROM ${source}) AS sent
WHERE NOT EXISTS (
  SELECT 1 FROM quota_blocks AS given
  WHERE given.day = sent.day AND given.applicant_id = sent.applicant_id AND until > ${own(1)}
)
AND ${own(2)} < (
  SELECT sum(count) FROM request_counts AS counted
  WHERE counted.day = sent.day AND counted.applicant_id = sent.applicant_id
)`)
      .bind(...parameters, nowMs, max),
  ]);
  return over?.results ?? [];
}

/** Notes who was given a rule for a day, and until when. Idempotent. */
export async function noteQuotaRules(
  db: D1Database,
  given: readonly OverQuota[],
  untilMs: number,
): Promise<void> {
  const { parameters, source } = jsonRows(
    given.map(({ day, applicant_id }) => [day, applicant_id, untilMs]),
  );
  await db
    .prepare(`
INSERT INTO quota_blocks (day, applicant_id, until)
SELECT value ->> 0, value ->> 1, value ->> 2 FROM ${source}
WHERE true
ON CONFLICT (day, applicant_id) DO UPDATE SET until = excluded.until`)
    .bind(...parameters)
    .run();
}

/** Both keys begin with day and user: to remove a day or to erase a user reads nothing else. */
const TABLES = [
  { name: "request_counts", key: ["day", "applicant_id", "call_id"] },
  { name: "quota_blocks", key: ["day", "applicant_id"] },
];

/**
 * Forgets the days before the day of a time.
 *
 * @returns how many rows were removed
 */
export async function removeOldQuotas(
  db: D1Database,
  beforeMs: number,
  sweep: Sweep,
): Promise<number> {
  let removed = 0;
  for (const table of TABLES) removed += await removeBefore(db, table, dayOf(beforeMs), sweep);
  return removed;
}

/** Statements that forget a user. */
export function eraseQuotas(db: D1Database, userId: string, nowMs: number): D1PreparedStatement[] {
  // The hourly run may not have removed the last day yet.
  const days = Array.from({ length: QUOTA_DAYS + 2 }, (_, ago) => dayOf(nowMs) - ago);
  return TABLES.map(({ name }) =>
    db.prepare(`DELETE FROM ${name} WHERE applicant_id = ?1 AND day IN (${days})`).bind(userId),
  );
}
