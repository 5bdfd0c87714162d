import type { Config } from "../config.ts";
import type { Events, Kind } from "../events/kinds.ts";
import { DECIDED_SLICE_ROWS, TOMBSTONE_SLICE_ROWS } from "../limits.ts";
import type { Database, Databases } from "./databases.ts";
import { decidedWalk, recordDecided, removeOldDecided } from "./decided/record.ts";
import { type DecidedTable, REQUESTS, RESPONSES } from "./decided/tables.ts";
import { dismissalsWalk } from "./dismissals.ts";
import { applyPairs, recallPairs } from "./pairs/apply.ts";
import { walkOf } from "./pairs/erase.ts";
import { BLACKLIST, FRIENDS, type PairsChanged, type PairTable } from "./pairs/table.ts";
import { removeTombstones } from "./pairs/tombstones.ts";
import type { Sweep } from "./sweep.ts";
import type { ErasureWalk } from "./walk.ts";

/** What is done with the events of a kind, and with their rows. */
export type Store<Event> = {
  /** The databases that an event is for, and the part of the event for each. */
  place: (event: Event, databases: Databases) => { database: Database; event: Event }[];
  /**
   * Applies events in one statement. Idempotent.
   *
   * @returns how many rows were written
   * @throws what D1 throws; then nothing was written
   */
  apply: (db: D1Database, events: readonly Event[]) => Promise<number>;
  /**
   * For an event that is older than what the tables remember: the part that can still be applied, and whether
   * that settles the event. Absent: an old event is applied like any other.
   */
  recall?: (db: D1Database, event: Event) => Promise<{ event: Event; isSettled: boolean }>;
  /** What an erasure walks through, in this order. */
  erasure: readonly ErasureWalk[];
  retention: {
    /** Its name in the log. */
    step: string;
    /** The setting that says how long rows are kept. */
    days: keyof Config & ("tombstoneDays" | "responseDays");
    /** How many rows a slice passes. */
    sliceRows: number;
    /**
     * Removes what is older.
     *
     * @returns how many rows were removed
     */
    remove: (db: D1Database, sweep: Retention) => Promise<number>;
  };
};

/** @property mayBegin whether a walk through a whole table may begin; one that is under way goes on */
export type Retention = Sweep & { beforeMs: number; mayBegin: boolean };

/** Every kind has a store. A kind without a store does not compile. */
export const STORES: { readonly [K in Kind]: Store<Events[K]> } = {
  friends: pairStore(FRIENDS, [dismissalsWalk]),
  blacklist: pairStore(BLACKLIST),
  responses: decidedStore("responses", RESPONSES),
  requests: decidedStore("requests", REQUESTS),
};

/** @param walks what an erasure walks through besides the table */
function pairStore<Event extends PairsChanged, Attributes extends object>(
  table: PairTable<Event, Attributes>,
  walks: readonly ErasureWalk[] = [],
): Store<Event> {
  return {
    place: (event, databases) => {
      const pairs = event.pairs as readonly Event["pairs"][number][];
      const parts = Map.groupBy(pairs, ([userId]) => databases.of(userId));
      return [...parts].map(([database, some]) => ({ database, event: { ...event, pairs: some } }));
    },
    apply: (db, events) => applyPairs(db, table, events),
    recall: (db, event) => recallPairs(db, table, event),
    erasure: [walkOf(table), ...walks],
    retention: {
      step: table.tombstones,
      days: "tombstoneDays",
      sliceRows: TOMBSTONE_SLICE_ROWS,
      remove: (db, sweep) => removeTombstones(db, table, sweep),
    },
  };
}

function decidedStore<Event extends Events["responses" | "requests"]>(
  step: string,
  table: DecidedTable<Event>,
): Store<Event> {
  return {
    place: (event, { records }) => [{ database: records, event }],
    apply: (db, events) => recordDecided(db, table, events),
    erasure: [decidedWalk(table.name)],
    retention: {
      step,
      days: "responseDays",
      sliceRows: DECIDED_SLICE_ROWS,
      remove: (db, sweep) => removeOldDecided(db, table.name, sweep),
    },
  };
}
