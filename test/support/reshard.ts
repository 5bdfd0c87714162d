import type { Database, Databases } from "../../src/db/databases.ts";
import { type Move, moveSlice } from "../../src/db/moves/move.ts";
import { MOVED } from "../../src/db/moves/tables.ts";
import { formatSlotMap, parseSlotMap } from "../../src/slots.ts";
import type { Deployment } from "./deployment.ts";

/** How many steps the deploy takes until all isolates have it. */
const SPREADING_STEPS = 30;
/** Small, so that much happens between two slices. */
const SLICE_ROWS = 50;

/**
 * Moves every eighth slot to a database, a step at a time, as docs/growing.md says: copy, copy what has
 * changed, deploy the new map, move what is left. Nothing is paused, and a slice that fails is tried again.
 */
export async function* reshard(deployment: Deployment, target: string): AsyncGenerator<void, void> {
  const ranges = parseSlotMap(deployment.shards());
  if (typeof ranges === "string") throw new Error(ranges);
  const owner = (slot: number) =>
    ranges.find(({ first, last }) => first <= slot && slot <= last)?.database ?? "";
  const map = formatSlotMap((slot) => (slot % 8 === 7 ? target : owner(slot)));
  const next = deployment.databasesWith(map);
  yield* slices(next, "copy", undefined);
  yield* slices(next, "copy", Date.now());
  deployment.deploy(map);
  for (let step = 0; step < SPREADING_STEPS; step++) yield;
  deployment.hasSpread();
  yield* slices(deployment.databases(), "move", undefined);
}

async function* slices({ of, all }: Databases, how: Move["how"], sinceMs: number | undefined) {
  for (const from of all) {
    for (const table of MOVED.filter(({ owner }) => owner !== undefined)) {
      const to = (userId: string | undefined): Database => of(userId ?? "");
      let after: Move["after"];
      for (let isLast = false; !isLast; ) {
        try {
          const slice = { table, from, to, how, sinceMs, after, sliceRows: SLICE_ROWS };
          const moved = await moveSlice(slice);
          if (moved.behind > 0) throw new Error("rows are behind");
          after = moved.after;
          isLast = after === undefined;
        } catch {
          // The next step tries the same slice again.
        }
        yield;
      }
    }
  }
}
