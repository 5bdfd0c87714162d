import { REDRIVE_MAX_BYTES } from "../limits.ts";
import { isTransient } from "./d1-error.ts";
import { type StoredDeadLetter, settleDeadLetters } from "./dead-letters.ts";
import {
  bytesOf,
  chunksWithin,
  type FriendEvent,
  type FriendsChanged,
  parseEvent,
  type ResponsesDecided,
} from "./event.ts";
import { applyNarrowing } from "./narrow.ts";
import { msOf } from "./order-key.ts";
import { recordDecided } from "./responses.ts";
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
  const changes: Piece<FriendsChanged>[] = [];
  const responses: Piece<ResponsesDecided>[] = [];
  for (const { id, body } of letters) {
    const parsed = parseEvent(JSON.parse(body));
    if (!parsed.ok) {
      outcomes.set(id, parsed.reason);
    } else if (atOf(parsed.event) < oldestMs) {
      outcomes.set(id, "too-old");
    } else {
      outcomes.set(id, "redriven");
      if (parsed.event.type === "responses-decided") responses.push(...piecesOf(id, parsed.event));
      else changes.push(...piecesOf(id, parsed.event));
    }
  }
  const refused = [
    ...(await applyAll(changes, (events) => applyEvents(db, events))),
    ...(await applyAll(responses, (events) => recordDecided(db, events))),
  ];
  for (const id of refused) outcomes.set(id, "refused-by-table");
  const applied = [...outcomes].filter(([, outcome]) => outcome === "redriven");
  if (applied.length > 0) {
    const ids = applied.map(([id]) => id);
    await settleDeadLetters(db, ids, "redriven", nowMs);
  }
  return outcomes;
}

type Piece<Event extends FriendEvent> = { id: string; event: Event };

/** @returns the letters that their table refuses */
async function applyAll<Event extends FriendEvent>(
  pieces: readonly Piece<Event>[],
  statement: (events: readonly Event[]) => Promise<number>,
): Promise<string[]> {
  const groups = chunksWithin(pieces, Number.POSITIVE_INFINITY, REDRIVE_MAX_BYTES, ({ event }) =>
    bytesOfRows(event),
  );
  const refused: string[] = [];
  for (const group of groups) {
    const { failed, postponed, error } = await applyNarrowing(
      group,
      (some) => statement(some.map(({ event }) => event)),
      { isTransient, maxTries: 2 * group.length },
    );
    if (postponed.length > 0) throw error;
    refused.push(...failed.map(({ id }) => id));
  }
  return refused;
}

/** Milliseconds since the epoch. */
function atOf(event: FriendEvent): number {
  return event.type === "responses-decided" ? event.at : msOf(event.version);
}

/** An event as events that are each small enough for a statement. */
function piecesOf<Event extends FriendEvent>(id: string, event: Event): Piece<Event>[] {
  const name = event.type === "responses-decided" ? "responses" : "pairs";
  const entries = event[name as keyof Event] as readonly unknown[];
  return chunksWithin(entries, Number.POSITIVE_INFINITY, REDRIVE_MAX_BYTES, (entry) =>
    bytesOfRows({ ...event, [name]: [entry] }),
  ).map((some) => ({ id, event: { ...event, [name]: some } }));
}

/** No less than what the event's rows take as JSON: each repeats what the event says once. */
function bytesOfRows(event: FriendEvent): number {
  const [entries, frame] =
    event.type === "responses-decided"
      ? [event.responses, { ...event, responses: [] }]
      : [event.pairs, { ...event, pairs: [] }];
  return bytesOf(entries) + entries.length * bytesOf(frame);
}
