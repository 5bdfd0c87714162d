import type { Config } from "../config.ts";
import type { Events, Kind } from "../events/kinds.ts";
import {
  DECIDED_SLICE_ROWS,
  DECIDED_SLICES_PER_RUN,
  TOMBSTONE_SLICE_ROWS,
  TOMBSTONE_SLICES_PER_RUN,
} from "../limits.ts";
import { decidedWalk, recordDecided, removeOldDecided } from "./decided/record.ts";
import { type DecidedTable, REQUESTS, RESPONSES } from "./decided/tables.ts";
import { dismissalsWalk } from "./dismissals.ts";
import { applyPairs, recallPairs } from "./pairs/apply.ts";
import { walkOf } from "./pairs/erase.ts";
import { BLACKLIST, FRIENDS, type PairsChanged, type PairTable } from "./pairs/table.ts";
import { removeTombstones } from "./pairs/tombstones.ts";
import type { ErasureWalk } from "./walk.ts";

/** What is done with the events of a kind, and with their rows. */
export type Store<Event> = {
  /**
   * Applies events in one statement. Idempotent.
   *
   * @returns how many rows were written
   * @throws what D1 throws; then nothing was written
   */
  apply: (db: D1Database, events: readonly Event[]) => Promise<number>;
  /**
   * What can still be applied of an event that is older than what the tables remember, and whether
   * that settles it. Absent: an old event is applied as any other.
   */
  recall?: (db: D1Database, event: Event) => Promise<{ event: Event; isSettled: boolean }>;
  /** What an erasure walks through, in this order. */
  erasure: readonly ErasureWalk[];
  retention: {
    /** Its name in the log. */
    step: string;
    /** The setting that says how long rows are kept. */
    days: keyof Config & ("tombstoneDays" | "responseDays");
    /**
     * Removes what is older, and no more than one hourly run may.
     *
     * @returns how many rows were removed
     */
    remove: (db: D1Database, beforeMs: number) => Promise<number>;
  };
};

/** Every kind has a store: one that nothing applies does not compile. */
export const STORES: { readonly [K in Kind]: Store<Events[K]> } = {
  friends: pairStore(FRIENDS, [dismissalsWalk]),
  blacklist: pairStore(BLACKLIST),
  responses: decidedStore("responses", RESPONSES),
  requests: decidedStore("requests", REQUESTS),
};

/** @param walks through what goes with the table in an erasure */
function pairStore<Event extends PairsChanged, Attributes extends object>(
  table: PairTable<Event, Attributes>,
  walks: readonly ErasureWalk[] = [],
): Store<Event> {
  return {
    apply: (db, events) => applyPairs(db, table, events),
    recall: (db, event) => recallPairs(db, table, event),
    erasure: [walkOf(table), ...walks],
    retention: {
      step: table.tombstones,
      days: "tombstoneDays",
      remove: (db, beforeMs) =>
        removeTombstones(db, table, {
          beforeMs,
          sliceRows: TOMBSTONE_SLICE_ROWS,
          maxSlices: TOMBSTONE_SLICES_PER_RUN,
        }),
    },
  };
}

function decidedStore<Event extends Events["responses" | "requests"]>(
  step: string,
  table: DecidedTable<Event>,
): Store<Event> {
  return {
    apply: (db, events) => recordDecided(db, table, events),
    erasure: [decidedWalk(table.name)],
    retention: {
      step,
      days: "responseDays",
      remove: (db, beforeMs) =>
        removeOldDecided(db, table.name, {
          beforeMs,
          sliceRows: DECIDED_SLICE_ROWS,
          maxSlices: DECIDED_SLICES_PER_RUN,
        }),
    },
  };
}
