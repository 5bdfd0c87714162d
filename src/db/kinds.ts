import type { Config } from "../config.ts";
import type { Events, Kind } from "../events/kinds.ts";
import {
  RESPONSE_SLICE_ROWS,
  RESPONSE_SLICES_PER_RUN,
  TOMBSTONE_SLICE_ROWS,
  TOMBSTONE_SLICES_PER_RUN,
} from "../limits.ts";
import { dismissalsWalk } from "./dismissals.ts";
import { applyFriendsChanged } from "./friends/apply.ts";
import { friendsWalk } from "./friends/erase.ts";
import { removeTombstones } from "./friends/tombstones.ts";
import { recordResponses, removeOldResponses, responsesWalk } from "./responses/record.ts";
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
  friends: {
    apply: applyFriendsChanged,
    erasure: [friendsWalk, dismissalsWalk],
    retention: {
      step: "tombstones",
      days: "tombstoneDays",
      remove: (db, beforeMs) =>
        removeTombstones(db, {
          beforeMs,
          sliceRows: TOMBSTONE_SLICE_ROWS,
          maxSlices: TOMBSTONE_SLICES_PER_RUN,
        }),
    },
  },
  responses: {
    apply: recordResponses,
    erasure: [responsesWalk],
    retention: {
      step: "responses",
      days: "responseDays",
      remove: (db, beforeMs) =>
        removeOldResponses(db, {
          beforeMs,
          sliceRows: RESPONSE_SLICE_ROWS,
          maxSlices: RESPONSE_SLICES_PER_RUN,
        }),
    },
  },
};
