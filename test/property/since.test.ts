import { env } from "cloudflare:workers";
import * as fc from "fast-check";
import { describe, it } from "vitest";
import { removeTombstones } from "../../src/db/pairs/tombstones.ts";
import { toOrderKey } from "../../src/events/order-key.ts";
import { SINCE_OVERLAP_MS } from "../../src/limits.ts";
import { earlier, passTime } from "../support/database-clock.ts";
import { forgetEverything } from "../support/graph.ts";
import { apply, LISTS, type List, stored } from "../support/lists.ts";
import { slices } from "../support/sweep.ts";

const userId = fc.constantFrom("alice", "bob", "carol", "dora");
/** Times in any order: an event that happened early may be applied last. */
const event = fc.record({
  verb: fc.constantFrom("added" as const, "deleted" as const),
  atMs: fc.integer({ min: 1, max: 12 }),
  pairs: fc.array(fc.tuple(userId, userId), { minLength: 1, maxLength: 4 }),
});
type Event = typeof event extends fc.Arbitrary<infer Value> ? Value : never;

/** Some of it within the overlap, some beyond it. */
const duration = fc.integer({ min: 1, max: 2 * SINCE_OVERLAP_MS });
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ apply: fc.array(event, { minLength: 1, maxLength: 3 }) }) },
  { weight: 3, arbitrary: fc.constant("sync" as const) },
  // One page only, and what comes next is applied before the next page is read.
  { weight: 3, arbitrary: fc.constant("page" as const) },
  { weight: 2, arbitrary: fc.record({ passMs: duration }) },
  { weight: 2, arbitrary: fc.record({ backMs: duration }) },
  // Of what was written so long ago: how long tombstones live is a setting that may change.
  { weight: 2, arbitrary: fc.record({ sweepMs: duration }) },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** What somebody who syncs alice's list knows, and where they are in it. */
type Copy = {
  /** Since when, by id; null for whom alice has in the list no more. */
  known: Map<string, number | null>;
  query: { since?: string; cursor?: string };
  expired: number;
  increments: number;
};

describe.for(LISTS)("increments of $kind", (list) => {
  const applyAll = (events: readonly Event[]) =>
    apply(
      list,
      events.map((each) => eventOf(list, each)),
    );
  const rowsOfAlice = async () => (await stored(list)).filter((row) => row.user_id === "alice");

  /** Reads one page into the copy. True when it was the last one. */
  async function readPage(copy: Copy, forget: (token: string) => string): Promise<boolean> {
    const page = await list.read("alice", { ...copy.query, limit: "2" });
    if (page === undefined) {
      copy.known.clear();
      copy.query = {};
      copy.expired += 1;
      return false;
    }
    if (copy.query.since !== undefined) copy.increments += 1;
    const { added, deleted, cursor, since } = page;
    for (const { id, at } of added) copy.known.set(id, at);
    for (const { id } of deleted) copy.known.set(id, null);
    copy.query = cursor === null ? { since: forget(since) } : { cursor };
    return cursor === null;
  }

  /** @param forget what a reader makes of a token */
  async function follow(steps: readonly Step[], forget = (token: string) => token): Promise<Copy> {
    await forgetEverything();
    const copy: Copy = { known: new Map(), query: {}, expired: 0, increments: 0 };
    const readToTheEnd = async () => {
      while (!(await readPage(copy, forget)));
    };
    const pass = async (ms: number) => {
      await passTime(ms);
      const { since, cursor } = copy.query;
      if (since !== undefined) copy.query = { since: earlier(since, ms) };
      if (cursor !== undefined) copy.query = { cursor: earlier(cursor, ms) };
    };
    // How far the clock is behind what it has shown: never further than the overlap.
    let behindMs = 0;
    for (const each of steps) {
      if (each === "sync") await readToTheEnd();
      else if (each === "page") await readPage(copy, forget);
      else if ("apply" in each) await applyAll(each.apply);
      else if ("sweepMs" in each) {
        const beforeMs = Date.now() - each.sweepMs;
        await removeTombstones(env.DB, list.table, { beforeMs, sliceRows: 3, draw: slices(100) });
      } else if ("passMs" in each) {
        behindMs = Math.max(0, behindMs - each.passMs);
        await pass(each.passMs);
      } else {
        const backMs = Math.min(each.backMs, SINCE_OVERLAP_MS - behindMs);
        behindMs += backMs;
        await pass(-backMs);
      }
    }
    // Twice: pages that were begun before the last change leave it to the next increment.
    await readToTheEnd();
    await readToTheEnd();
    return copy;
  }

  /** What the copy has, and what is in the table. */
  async function bothOf({ known }: Copy) {
    const rows = (await rowsOfAlice()).filter((row) => row.added_at !== null);
    return [
      [...known].filter(([, at]) => at !== null).sort(),
      rows.map((row) => [row.other_id, row.added_at]).sort(),
    ];
  }

  const steps = fc.array(step, { minLength: 1, maxLength: 25 });

  it("add up to the whole list, whatever happens between and during them", async ({ expect }) => {
    let expired = 0;
    let increments = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (each) => {
        const copy = await follow(each);
        const [known, listed] = await bothOf(copy);
        expect(known).toEqual(listed);
        expired += copy.expired;
        increments += copy.increments;
      }),
      { numRuns: 500 },
    );
    // Had no token ever expired, the sweep would not have been tried; had all, nothing else.
    expect(expired).toBeGreaterThan(0);
    expect(increments).toBeGreaterThan(2 * expired);
  });

  it("would miss something without the overlap, where a clock is set back", async ({ expect }) => {
    const without = (token: string) => earlier(token, -SINCE_OVERLAP_MS);
    const { failed } = await fc.check(
      fc.asyncProperty(steps, async (each) => {
        const [known, listed] = await bothOf(await follow(each, without));
        return JSON.stringify(known) === JSON.stringify(listed);
      }),
      { numRuns: 2_000, endOnFailure: true },
    );
    expect(failed).toBe(true);
  });

  it("are exactly the rows that differ, when the overlap is over", async ({ expect }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 8 }),
        fc.array(event, { maxLength: 8 }),
        async (before, after) => {
          await forgetEverything();
          const contents = async () =>
            new Map((await rowsOfAlice()).map((row) => [row.other_id, JSON.stringify(row)]));
          for (const each of before) await applyAll([each]);
          await passTime(SINCE_OVERLAP_MS + 1);
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
