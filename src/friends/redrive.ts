import { REDRIVE_MAX_BYTES } from "../limits.ts";
import { isTransient } from "./d1-error.ts";
import { type StoredDeadLetter, settleDeadLetters } from "./dead-letters.ts";
import { bytesOf, chunksWithin, type FriendsChanged, parseEvent } from "./event.ts";
import { applyNarrowing } from "./narrow.ts";
import { msOf } from "./order-key.ts";
import { applyEvents } from "./table.ts";

/** What became of a dead letter; all but `redriven` wait as before. */
export type RedriveOutcome =
  | "redriven"
  | "malformed"
  | "unknown-version"
  /** Older than any tombstone: whether the pair was deleted since, nobody knows any more. */
  | "too-old"
  | "refused-by-table";

/**
 * Applies dead letters as the consumer would have: parsed again, and by the same statement, so
 * that none brings back what is older than the newest row of its pair. One that was applied is
 * settled; when that does not come off, it is applied once more the next time, which changes
 * nothing.
 *
 * @param oldestMs an event from before this time is refused
 * @returns the outcomes by the letters' ids
 * @throws what D1 throws when it is the database that fails
 */
export async function redrive(
  db: D1Database,
  letters: readonly StoredDeadLetter[],
  { oldestMs, nowMs }: { oldestMs: number; nowMs: number },
): Promise<Map<string, RedriveOutcome>> {
  const outcomes = new Map<string, RedriveOutcome>();
  const pieces: { id: string; event: FriendsChanged }[] = [];
  for (const { id, body } of letters) {
    const parsed = parseEvent(JSON.parse(body));
    if (!parsed.ok) {
      outcomes.set(id, parsed.reason);
    } else if (msOf(parsed.event.version) < oldestMs) {
      outcomes.set(id, "too-old");
    } else {
      outcomes.set(id, "redriven");
      pieces.push(...piecesOf(parsed.event).map((event) => ({ id, event })));
    }
  }
  const groups = chunksWithin(pieces, Number.POSITIVE_INFINITY, REDRIVE_MAX_BYTES, ({ event }) =>
    bytesOfRows(event),
  );
  for (const group of groups) {
    const { failed, postponed, error } = await applyNarrowing(
      group,
      (some) =>
        applyEvents(
          db,
          some.map(({ event }) => event),
        ),
      { isTransient, maxTries: 2 * group.length },
    );
    if (postponed.length > 0) throw error;
    for (const { id } of failed) outcomes.set(id, "refused-by-table");
  }
  const applied = [...outcomes].filter(([, outcome]) => outcome === "redriven");
  if (applied.length > 0) {
    const ids = applied.map(([id]) => id);
    await settleDeadLetters(db, ids, "redriven", nowMs);
  }
  return outcomes;
}

/** An event as events that are each small enough for a statement. */
function piecesOf(event: FriendsChanged): FriendsChanged[] {
  return chunksWithin(event.pairs, Number.POSITIVE_INFINITY, REDRIVE_MAX_BYTES, (pair) =>
    bytesOfRows({ ...event, pairs: [pair] }),
  ).map((pairs) => ({ ...event, pairs }));
}

/** No less than what the event's rows take as JSON: each repeats what the event says once. */
function bytesOfRows(event: FriendsChanged): number {
  const frame = bytesOf({ ...event, pairs: [] });
  return bytesOf(event.pairs) + event.pairs.length * frame;
}
