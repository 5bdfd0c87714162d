import type { Databases } from "../db/databases.ts";
import { storeDeadLetters } from "../db/dead-letters.ts";
import { STORES } from "../db/kinds.ts";
import type { Events, Kind } from "../events/kinds.ts";

/** The kinds of events that list pairs. */
export type PairKind = "friends" | "blacklist";

/**
 * What the consumer would do with a change that the queue did not take.
 *
 * @param odd the same event with the pairs that no table takes, for a dead letter
 * @returns how many rows were written
 */
export async function apply<K extends PairKind>(
  kind: K,
  databases: Databases | undefined,
  event: Events[K],
  odd: Events[K],
  nowMs: number,
): Promise<number> {
  const rowsWritten = await applyEvent(kind, databases, event);
  const letter = { id: crypto.randomUUID(), attempts: 1, reason: "malformed", body: odd } as const;
  await storeDeadLetters(known(databases).records.db, odd.pairs.length > 0 ? [letter] : [], nowMs);
  return rowsWritten;
}

/**
 * What the consumer would do with an event.
 *
 * @returns how many rows were written
 */
export async function applyEvent<K extends Kind>(
  kind: K,
  databases: Databases | undefined,
  event: Events[K],
): Promise<number> {
  const store = STORES[kind];
  const rowsWritten = await Promise.all(
    store.place(event, known(databases)).map((part) => store.apply(part.database.db, [part.event])),
  );
  return rowsWritten.reduce((sum, rows) => sum + rows, 0);
}

function known(databases: Databases | undefined): Databases {
  if (databases === undefined) throw new ReferenceError("no database is known to have these rows");
  return databases;
}
