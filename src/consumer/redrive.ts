import { type StoredDeadLetter, settleDeadLetters } from "../db/dead-letters.ts";
import { isTransient } from "../db/errors.ts";
import { STORES } from "../db/kinds.ts";
import { chunksWithin, jsonByteLength } from "../events/chunks.ts";
import {
  type Events,
  entriesOf,
  KIND_NAMES,
  KINDS,
  type Kind,
  parseEvent,
  type StoredEvent,
  withEntries,
} from "../events/kinds.ts";
import { REDRIVE_MAX_BYTES } from "../limits.ts";
import { bisect } from "./bisect.ts";

/** What became of a dead letter; all but `redriven` wait as before. */
export type RedriveOutcome =
  | "redriven"
  | "malformed"
  /** Of a type or a version that this deploy does not know. */
  | "unknown"
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
  const pieces: { [K in Kind]: Piece<Events[K]>[] } = { friends: [], responses: [] };
  for (const { id, body } of letters) {
    const parsed = parseEvent(JSON.parse(body));
    if (!parsed.ok) {
      outcomes.set(id, parsed.reason);
    } else if (KINDS[parsed.kind].atMs(parsed.event as never) < oldestMs) {
      outcomes.set(id, "too-old");
    } else {
      outcomes.set(id, "redriven");
      pieces[parsed.kind].push(...(piecesOf(id, parsed.event) as never[]));
    }
  }
  for (const kind of KIND_NAMES) {
    for (const id of await applyKind(db, kind, pieces[kind] as never)) {
      outcomes.set(id, "refused-by-table");
    }
  }
  const applied = [...outcomes].filter(([, outcome]) => outcome === "redriven");
  await settleDeadLetters(
    db,
    applied.map(([id]) => id),
    "redriven",
    nowMs,
  );
  return outcomes;
}

type Piece<Event> = { id: string; event: Event };

/** @returns the letters that their table refuses */
async function applyKind<K extends Kind>(
  db: D1Database,
  kind: K,
  pieces: readonly Piece<Events[K]>[],
): Promise<string[]> {
  const groups = chunksWithin(pieces, Number.POSITIVE_INFINITY, REDRIVE_MAX_BYTES, ({ event }) =>
    bytesOfRows(event),
  );
  const refused: string[] = [];
  for (const group of groups) {
    const { failed, postponed, error } = await bisect(
      group,
      (some) =>
        STORES[kind].apply(
          db,
          some.map(({ event }) => event),
        ),
      { isTransient, maxTries: 2 * group.length },
    );
    if (postponed.length > 0) throw error;
    refused.push(...failed.map(({ id }) => id));
  }
  return refused;
}

/** An event as events that are each small enough for a statement. */
function piecesOf<Event extends StoredEvent>(id: string, event: Event): Piece<Event>[] {
  return chunksWithin(entriesOf(event), Number.POSITIVE_INFINITY, REDRIVE_MAX_BYTES, (entry) =>
    bytesOfRows(withEntries(event, [entry])),
  ).map((some) => ({ id, event: withEntries(event, some) }));
}

/** No less than what the event's rows take as JSON: each repeats what the event says once. */
function bytesOfRows(event: StoredEvent): number {
  const entries = entriesOf(event);
  return jsonByteLength(entries) + entries.length * jsonByteLength(withEntries(event, []));
}
