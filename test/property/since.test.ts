import { env } from "cloudflare:workers";
import * as fc from "fast-check";
import { describe, it } from "vitest";
import { removeTombstones } from "../../src/db/pairs/tombstones.ts";
import { toOrderKey } from "../../src/events/order-key.ts";
import { forgetEverything } from "../support/graph.ts";
import { apply, LISTS, type List, stored } from "../support/lists.ts";

const ALL_TOMBSTONES = { beforeMs: 1_000_000, sliceRows: 3, maxSlices: 100 };

const userId = fc.constantFrom("alice", "bob", "carol", "dora");
/** Times in any order: an event that happened early may be applied last. */
const event = fc.record({
  verb: fc.constantFrom("added" as const, "deleted" as const),
  atMs: fc.integer({ min: 1, max: 12 }),
  pairs: fc.array(fc.tuple(userId, userId), { minLength: 1, maxLength: 4 }),
});
type Event = typeof event extends fc.Arbitrary<infer Value> ? Value : never;
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ apply: fc.array(event, { minLength: 1, maxLength: 3 }) }) },
  { weight: 3, arbitrary: fc.constant("sync" as const) },
  // One page only, and what comes next is applied before the next page is read.
  { weight: 3, arbitrary: fc.constant("page" as const) },
  { weight: 1, arbitrary: fc.constant("sweep" as const) },
);

/** What somebody who syncs alice's list knows, and where they are in it. */
type Copy = {
  /** Since when, by id; null for whom alice has in the list no more. */
  known: Map<string, number | null>;
  query: Record<string, string>;
  expired: number;
};

describe.for(LISTS)("increments of $kind", (list) => {
  const applyAll = (events: readonly Event[]) =>
    apply(
      list,
      events.map((each) => eventOf(list, each)),
    );
  const rowsOfAlice = async () => (await stored(list)).filter((row) => row.user_id === "alice");

  /** Reads one page into the copy. True when it was the last one. */
  async function readPage(copy: Copy): Promise<boolean> {
    const page = await list.read("alice", { ...copy.query, limit: "2" });
    if (page === undefined) {
      copy.known.clear();
      copy.query = {};
      copy.expired += 1;
      return false;
    }
    const { added, deleted, cursor, since } = page;
    for (const { id, at } of added) copy.known.set(id, at);
    for (const { id } of deleted) copy.known.set(id, null);
    copy.query = cursor === null ? { since } : { cursor };
    return cursor === null;
  }

  async function readToTheEnd(copy: Copy): Promise<void> {
    while (!(await readPage(copy)));
  }

  it("add up to the whole list, whatever happens between and during them", async ({ expect }) => {
    let expired = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        await forgetEverything();
        const copy: Copy = { known: new Map(), query: {}, expired: 0 };
        for (const each of steps) {
          if (each === "sync") await readToTheEnd(copy);
          else if (each === "page") await readPage(copy);
          else if (each === "sweep") await removeTombstones(env.DB, list.table, ALL_TOMBSTONES);
          else await applyAll(each.apply);
        }
        // Twice: pages that were begun before the last change leave it to the next increment.
        await readToTheEnd(copy);
        await readToTheEnd(copy);

        const rows = (await rowsOfAlice()).filter((row) => row.added_at !== null);
        expect([...copy.known].filter(([, at]) => at !== null).sort()).toEqual(
          rows.map((row) => [row.other_id, row.added_at]).sort(),
        );
        expired += copy.expired;
      }),
      { numRuns: 500 },
    );
    // Had no token ever expired, the sweep would not have been tried.
    expect(expired).toBeGreaterThan(0);
  });

  it("are exactly the rows that differ", async ({ expect }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 8 }),
        fc.array(event, { maxLength: 8 }),
        async (before, after) => {
          await forgetEverything();
          const contents = async () =>
            new Map((await rowsOfAlice()).map((row) => [row.other_id, JSON.stringify(row)]));
          for (const each of before) await applyAll([each]);
          const first = await list.read("alice");
          const rowsBefore = await contents();
          // One statement, so that a row cannot change and change back.
          await applyAll(after);
          const increment = await list.read("alice", { since: first?.since ?? "" });
          const rowsAfter = await contents();

          const { added = [], deleted = [] } = increment ?? {};
          expect([...added, ...deleted].map(({ id }) => id).sort()).toEqual(
            [...rowsAfter.keys()].filter((id) => rowsAfter.get(id) !== rowsBefore.get(id)).sort(),
          );
        },
      ),
      { numRuns: 500 },
    );
  });
});

function eventOf(list: List, { verb, atMs, pairs }: Event) {
  return list[verb](pairs, toOrderKey(atMs));
}
