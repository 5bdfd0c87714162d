import { DEAD_LETTERS_COUNTED_MAX } from "../limits.ts";
import { jsonRows } from "./json-rows.ts";
import type { Reader } from "./reader.ts";

/** Why a message is a dead letter. */
export type DeadReason =
  /** It is not a message of any version. */
  | "malformed"
  /** The table refuses it, and it alone. */
  | "refused-by-table"
  /** The queue has delivered it as often as it may. */
  | "exhausted";

export type DeadLetter = {
  /** The queue's id of the message. */
  id: string;
  /** How often the queue has delivered it. */
  attempts: number;
  reason: DeadReason;
  body: unknown;
};

/**
 * Keeps messages for somebody to look at, in one statement. A message that is stored again stays one row and
 * keeps its state: a discarded message does not come back. No message may keep the others from being stored.
 * A message that is nested too deep for SQLite is kept as a text.
 *
 * @throws what D1 throws; then nothing was stored
 */
export async function storeDeadLetters(
  db: D1Database,
  letters: readonly DeadLetter[],
  nowMs: number,
): Promise<void> {
  if (letters.length === 0) return;
  const { parameters, source } = jsonRows(
    letters.map(({ id, attempts, reason, body }) => [id, nowMs, attempts, reason, jsonOf(body)]),
  );
  await db
    .prepare(`
INSERT INTO dead_letters (id, first_at, last_at, attempts, reason, body)
SELECT value ->> 0, value ->> 1, value ->> 1, value ->> 2, value ->> 3,
  iif(json_valid(value ->> 4), value ->> 4, json_quote(value ->> 4))
FROM ${source}
WHERE true
ON CONFLICT (id) DO UPDATE SET
  last_at = max(last_at, excluded.last_at),
  attempts = max(attempts, excluded.attempts)`)
    .bind(...parameters)
    .run();
}

/** A body that is not JSON is kept as its text. */
function jsonOf(body: unknown): string {
  try {
    return JSON.stringify(body) ?? JSON.stringify(String(body));
  } catch {
    return JSON.stringify(textOf(body));
  }
}

/** An object may have a toString that is no function. */
function textOf(body: unknown): string {
  return typeof body === "object" ? Object.prototype.toString.call(body) : String(body);
}

/** How many dead letters wait, counted up to a limit, and how long the first one has waited. */
export async function waitingDeadLetters(
  db: Reader,
  nowMs: number,
): Promise<{ depth: number; oldestAgeSeconds: number }> {
  const row = await db
    .prepare(`
SELECT count(*) AS depth, min(first_at) AS oldest FROM (
  SELECT first_at FROM dead_letters WHERE settled_at IS NULL ORDER BY first_at LIMIT ?1
)`)
    .bind(DEAD_LETTERS_COUNTED_MAX)
    .first<{ depth: number; oldest: number | null }>();
  const oldest = row?.oldest ?? nowMs;
  return {
    depth: row?.depth ?? 0,
    oldestAgeSeconds: Math.max(0, Math.floor((nowMs - oldest) / 1_000)),
  };
}

/**
 * Removes dead letters that were settled before a time, the oldest first.
 *
 * @returns how many were removed
 */
export async function removeSettledDeadLetters(
  db: D1Database,
  { beforeMs, maxRows }: { beforeMs: number; maxRows: number },
): Promise<number> {
  const { meta } = await db
    .prepare(`
DELETE FROM dead_letters WHERE id IN (
  SELECT id FROM dead_letters
  WHERE settled_at IS NOT NULL AND settled_at < ?1 ORDER BY settled_at LIMIT ?2
)`)
    .bind(beforeMs, maxRows)
    .run();
  return meta.changes;
}

/** A row of the table. */
export type StoredDeadLetter = {
  id: string;
  first_at: number;
  last_at: number;
  attempts: number;
  reason: string;
  body: string;
  status: "waiting" | "redriven" | "discarded";
  settled_at: number | null;
};

/** The waiting ones among these dead letters, in the order in which they were first stored. */
export async function readWaiting(
  db: D1Database,
  ids: readonly string[],
): Promise<Pick<StoredDeadLetter, "id" | "attempts" | "body">[]> {
  const { results } = await db
    .prepare(`
SELECT id, attempts, body FROM dead_letters
WHERE settled_at IS NULL AND id IN (SELECT value FROM json_each(?1)) ORDER BY first_at, id`)
    .bind(JSON.stringify(ids))
    .all<Pick<StoredDeadLetter, "id" | "attempts" | "body">>();
  return results;
}

/** The waiting ones after a given one, in the order in which they were first stored. Uses the index. */
export async function readWaitingAfter(
  db: Reader,
  after: readonly [firstAt: number, id: string] = [0, ""],
  maxRows: number,
): Promise<StoredDeadLetter[]> {
  const { results } = await db
    .prepare(`
SELECT * FROM dead_letters
WHERE settled_at IS NULL AND first_at >= ?1 AND (first_at > ?1 OR id > ?2)
ORDER BY first_at, id LIMIT ?3`)
    .bind(...after, maxRows)
    .all<StoredDeadLetter>();
  return results;
}

/** Which dead letters to select. A member that is left out does not narrow the selection. */
export type DeadLetterSelection = {
  ids?: readonly string[] | undefined;
  /** First stored at or after `sinceMs`, and before `untilMs`, in milliseconds since the epoch. */
  sinceMs?: number | undefined;
  untilMs?: number | undefined;
  status?: StoredDeadLetter["status"] | undefined;
};

/** Dead letters after the given one, in the order in which they were first stored. For the tools. */
export async function selectDeadLetters(
  db: D1Database,
  { ids, sinceMs, untilMs, status }: DeadLetterSelection,
  maxRows: number,
  after: { first_at: number; id: string } = { first_at: 0, id: "" },
): Promise<StoredDeadLetter[]> {
  const { results } = await db
    .prepare(`
SELECT * FROM dead_letters
WHERE (first_at, id) > (?1, ?2)
  AND (?3 IS NULL OR id IN (SELECT value FROM json_each(?3)))
  AND (?4 IS NULL OR first_at >= ?4)
  AND (?5 IS NULL OR first_at < ?5)
  AND (?6 IS NULL OR status = ?6)
ORDER BY first_at, id LIMIT ?7`)
    .bind(
      after.first_at,
      after.id,
      ids === undefined ? null : JSON.stringify(ids),
      sinceMs ?? null,
      untilMs ?? null,
      status ?? null,
      maxRows,
    )
    .all<StoredDeadLetter>();
  return results;
}

/** Notes what became of dead letters. One that is settled already stays as it is. */
export async function settleDeadLetters(
  db: D1Database,
  ids: readonly string[],
  status: "redriven" | "discarded",
  nowMs: number,
): Promise<void> {
  await db
    .prepare(`
UPDATE dead_letters SET status = ?1, settled_at = ?2
WHERE settled_at IS NULL AND id IN (SELECT value FROM json_each(?3))`)
    .bind(status, nowMs, JSON.stringify(ids))
    .run();
}
