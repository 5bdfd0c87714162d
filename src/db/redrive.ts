import { chunksWithin, jsonByteLength } from "../events/chunks.ts";
import {
  type Events,
  entriesOf,
  KIND_NAMES,
  KINDS,
  type Kind,
  type StoredEvent,
  withEntries,
} from "../events/kinds.ts";
import { parseMessage } from "../events/messages.ts";
import { REDRIVE_MAX_BYTES } from "../limits.ts";
import { bisect } from "./bisect.ts";
import type { Databases } from "./databases.ts";
import { type StoredDeadLetter, settleDeadLetters } from "./dead-letters.ts";
import { isTransient } from "./errors.ts";
import { STORES } from "./kinds.ts";

/** What became of a dead letter; all but `redriven` wait as before. */
export type RedriveOutcome =
  | "redriven"
  | "malformed"
  /** Of a type or a version that this deploy does not know. */
  | "unknown"
  /** Older than any tombstone. The part that may have been undone since waits; the rest is applied. */
  | "too-old"
  | "refused-by-table"
  /** It is for the backend, and no table takes it. It has to go through the queue. */
  | "callback";

/**
 * Applies dead letters like the consumer: it parses them again and uses the same statement. So none brings
 * back what is older than the newest row of its pair. A letter that was applied is settled. If that fails,
 * the letter is applied once more the next time, which changes nothing.
 *
 * An event from before `oldestMs` is older than any tombstone. If the tables do not tell whether something
 * newer undid a part of it, that part waits.
 *
 * @param isChecked an operator knows that such events still hold, and wants them applied
 * @returns the outcomes by the letters' ids
 * @throws what D1 throws when the database fails
 */
export async function redrive(
  databases: Databases,
  letters: readonly Pick<StoredDeadLetter, "id" | "body">[],
  { oldestMs, nowMs, isChecked }: { oldestMs: number; nowMs: number; isChecked: boolean },
): Promise<Map<string, RedriveOutcome>> {
  const outcomes = new Map<string, RedriveOutcome>();
  const parsed = letters.map(({ id, body }) => ({ id, ...parseMessage(JSON.parse(body)) }));
  for (const letter of parsed)
    outcomes.set(letter.id, letter.ok ? outcomeOf(letter.kind) : letter.reason);
  for (const kind of KIND_NAMES) {
    const pieces = parsed.flatMap((letter) =>
      letter.ok && letter.kind === kind ? piecesOf(letter.id, letter.event) : [],
    );
    const since = isChecked ? 0 : oldestMs;
    const left = await applyKind(databases, kind, pieces as Piece<Events[typeof kind]>[], since);
    for (const [id, outcome] of left) outcomes.set(id, outcome);
  }
  const applied = [...outcomes].filter(([, outcome]) => outcome === "redriven");
  if (applied.length > 0) {
    const ids = applied.map(([id]) => id);
    await settleDeadLetters(databases.records.db, ids, "redriven", nowMs);
  }
  return outcomes;
}

/** What becomes of a letter that can be read, unless the tables say something else. */
function outcomeOf(kind: Kind | "callback"): RedriveOutcome {
  return kind === "callback" ? kind : "redriven";
}

type Piece<Event> = { id: string; event: Event };

/**
 * @param oldestMs the tables remember what has happened since then
 * @returns the letters that are not applied, or not as a whole
 */
async function applyKind<K extends Kind>(
  databases: Databases,
  kind: K,
  pieces: readonly Piece<Events[K]>[],
  oldestMs: number,
): Promise<Left> {
  const { place } = STORES[kind];
  const placed = pieces.flatMap(({ id, event }) =>
    place(event, databases).map((part) => ({ id, ...part })),
  );
  const left: Left = new Map();
  for (const [{ db }, some] of Map.groupBy(placed, ({ database }) => database))
    for (const [id, outcome] of await applyIn(db, kind, some, oldestMs)) left.set(id, outcome);
  return left;
}

type Left = Map<string, "too-old" | "refused-by-table">;

async function applyIn<K extends Kind>(
  db: D1Database,
  kind: K,
  pieces: readonly Piece<Events[K]>[],
  oldestMs: number,
): Promise<Left> {
  const { apply, recall } = STORES[kind];
  const left: Left = new Map();
  const applicable: Piece<Events[K]>[] = [];
  for (const { id, event } of pieces) {
    const isOld = KINDS[kind].atMs(event) < oldestMs;
    const recalled = isOld && recall ? await recall(db, event) : { event, isSettled: true };
    if (!recalled.isSettled) left.set(id, "too-old");
    applicable.push({ id, event: recalled.event });
  }
  const groups = chunksWithin(
    applicable,
    Number.POSITIVE_INFINITY,
    REDRIVE_MAX_BYTES,
    ({ event }) => bytesOfRows(event),
  );
  for (const group of groups) {
    const { failed, postponed, error } = await bisect(
      group,
      (some) =>
        apply(
          db,
          some.map(({ event }) => event),
        ),
      { isTransient, budget: { tries: 2 * group.length } },
    );
    if (postponed.length > 0) throw error;
    for (const { id } of failed) left.set(id, "refused-by-table");
  }
  return left;
}

/** Splits an event into events that are each small enough for a statement. */
function piecesOf<Event extends StoredEvent>(id: string, event: Event): Piece<Event>[] {
  return chunksWithin(entriesOf(event), Number.POSITIVE_INFINITY, REDRIVE_MAX_BYTES, (entry) =>
    bytesOfRows(withEntries(event, [entry])),
  ).map((some) => ({ id, event: withEntries(event, some) }));
}

/** At least what the event's rows take as JSON: each row repeats what the event says once. */
function bytesOfRows(event: StoredEvent): number {
  const entries = entriesOf(event);
  return jsonByteLength(entries) + entries.length * jsonByteLength(withEntries(event, []));
}
