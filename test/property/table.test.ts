import { env } from "cloudflare:workers";
import * as fc from "fast-check";
import { describe, it } from "vitest";
import { applyFriendsChanged } from "../../src/db/friends/apply.ts";
import type { FriendsChanged, Pair } from "../../src/events/kinds.ts";
import { FriendsModel } from "../support/model.ts";
import { storedFriends } from "../support/worker.ts";

/** Few, so that events meet; beyond ASCII, where UTF-16 and UTF-8 sort differently. */
const id = fc.constantFrom("a", "b", "B", "é", "\u{ffee}", "\u{1f600}", "a'b", 'a"b', "a\\b", "?1");
const perhaps = fc.option(id, { nil: null });

const event: fc.Arbitrary<FriendsChanged> = fc.record({
  v: fc.constant(2 as const),
  type: fc.constantFrom("friends-added" as const, "friends-deleted" as const),
  // Few versions, so that there are ties; the last is beyond 32 bits, as all of today's are.
  orderKey: fc.constantFrom(1_024, 1_025, 2_048, 1_795_000_000_000 * 1_024 + 3),
  source: perhaps,
  adminId: perhaps,
  forced: fc.boolean(),
  pairs: fc.array(fc.tuple(id, id, perhaps) as fc.Arbitrary<Pair>, { maxLength: 6 }),
});

/** A history, and its events in any order, some of them repeated, cut into batches anywhere. */
const history = fc.array(event, { maxLength: 12 }).chain((events) =>
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

describe("the friends table", () => {
  it("ends the same whatever the order, the repetitions and the batches", {
    timeout: 60_000,
  }, async ({ expect }) => {
    let events = 0;
    let batches = 0;
    await fc.assert(
      fc.asyncProperty(history, async ({ events: all, deliveries }) => {
        await env.DB.prepare("DELETE FROM friends").run();
        const model = new FriendsModel();
        for (const one of all) model.apply(one);
        for (const batch of deliveries) await applyFriendsChanged(env.DB, batch);
        events += deliveries.flat().length;
        batches += deliveries.length;
        expect(await storedFriends()).toEqual(model.rows());
      }),
      { numRuns: 1_500, seed: 4 },
    );
    console.info(`1,500 histories: ${events} events in ${batches} batches`);
  });

  it("does not change when everything is applied again", { timeout: 60_000 }, async ({
    expect,
  }) => {
    await fc.assert(
      fc.asyncProperty(history, async ({ events, deliveries }) => {
        await env.DB.prepare("DELETE FROM friends").run();
        await applyFriendsChanged(env.DB, events);
        for (const batch of deliveries) expect(await applyFriendsChanged(env.DB, batch)).toBe(0);
      }),
      { numRuns: 200, seed: 4 },
    );
  });
});
