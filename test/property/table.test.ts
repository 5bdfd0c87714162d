import { env } from "cloudflare:workers";
import * as fc from "fast-check";
import { describe, it } from "vitest";
import type { PairsChanged } from "../../src/db/pairs/table.ts";
import type { BlacklistChanged, FriendsChanged, Pair } from "../../src/events/kinds.ts";
import { apply, blackList, friendList, stored } from "../support/lists.ts";
import { PairsModel } from "../support/model.ts";

/** Few, so that events meet; beyond ASCII, where UTF-16 and UTF-8 sort differently. */
const id = fc.constantFrom("a", "b", "B", "é", "\u{ffee}", "\u{1f600}", "a'b", 'a"b', "a\\b", "?1");
const perhaps = fc.option(id, { nil: null });

// Few, so that there are ties; the last is beyond 32 bits, as all of today's are.
const orderKey = fc.constantFrom(1_024, 1_025, 2_048, 1_795_000_000_000 * 1_024 + 3);

const friendsChanged: fc.Arbitrary<FriendsChanged> = fc.record({
  v: fc.constant(2 as const),
  type: fc.constantFrom("friends-added" as const, "friends-deleted" as const),
  orderKey,
  source: perhaps,
  adminId: perhaps,
  forced: fc.boolean(),
  pairs: fc.array(fc.tuple(id, id, perhaps) as fc.Arbitrary<Pair>, { maxLength: 6 }),
});

const blacklistChanged: fc.Arbitrary<BlacklistChanged> = fc.record({
  v: fc.constant(1 as const),
  type: fc.constantFrom("blacklist-added" as const, "blacklist-deleted" as const),
  orderKey,
  pairs: fc.array(fc.tuple(id, id), { maxLength: 6 }),
});

/** A history, and its events in any order, some of them repeated, cut into batches anywhere. */
const historyOf = (event: fc.Arbitrary<PairsChanged>) =>
  fc.array(event, { maxLength: 12 }).chain((events) =>
    fc.record({
      events: fc.constant(events),
      deliveries: fc
        .tuple(
          fc.shuffledSubarray(events, { minLength: events.length }),
          fc.array(fc.constantFrom(...(events.length === 0 ? [undefined] : events)), {
            maxLength: 8,
          }),
          fc.array(fc.nat({ max: 20 }), { maxLength: 4 }),
        )
        .map(([all, repeated, cuts]) => {
          const again = repeated.filter((one) => one !== undefined);
          return batchesOf(interleaved(all, again), cuts);
        }),
    }),
  );

/** Puts the repeated ones between the others. */
function interleaved<T>(values: readonly T[], others: readonly T[]): T[] {
  const longest = Math.max(values.length, others.length);
  return Array.from({ length: longest }, (_, index) => [
    ...others.slice(index, index + 1),
    ...values.slice(index, index + 1),
  ]).flat();
}

function batchesOf<T>(values: readonly T[], cuts: readonly number[]): T[][] {
  const bounds = [0, ...cuts.filter((cut) => cut < values.length).sort((a, b) => a - b)];
  return bounds.map((start, index) => values.slice(start, bounds[index + 1] ?? values.length));
}

describe.for([
  { list: friendList, event: friendsChanged, histories: 1_500 },
  // Rows without attributes have fewer ways to differ.
  { list: blackList, event: blacklistChanged, histories: 500 },
])("the table $list.kind", ({ list, event, histories }) => {
  const history = historyOf(event);
  const empty = () => env.DB.prepare(`DELETE FROM ${list.kind}`).run();

  it("ends the same whatever the order, the repetitions and the batches", async ({ expect }) => {
    let events = 0;
    let batches = 0;
    await fc.assert(
      fc.asyncProperty(history, async ({ events: all, deliveries }) => {
        await empty();
        const model = new PairsModel();
        for (const one of all) model.apply(one);
        for (const batch of deliveries) await apply(list, batch);
        events += deliveries.flat().length;
        batches += deliveries.length;
        expect(await stored(list)).toEqual(model.rows());
      }),
      { numRuns: histories, seed: 4 },
    );
    console.info(`${histories} histories: ${events} events in ${batches} batches`);
  });

  it("does not change when everything is applied again", async ({ expect }) => {
    await fc.assert(
      fc.asyncProperty(history, async ({ events, deliveries }) => {
        await empty();
        await apply(list, events);
        for (const batch of deliveries) expect(await apply(list, batch)).toBe(0);
      }),
      { numRuns: 200, seed: 4 },
    );
  });
});
