import fc from "fast-check";
import { describe, it } from "vitest";
import { lostOf, tencentAfter, type Unheard } from "../../tools/simulate/happened.ts";
import { people } from "../../tools/simulate/people.ts";
import { type PlanOptions, planOf, type Step } from "../../tools/simulate/plan.ts";
import { type Outcome, pairKey, truthOf } from "../../tools/simulate/truth.ts";
import type { TrueList } from "../../tools/tencent/lists.ts";

const OPTIONS: PlanOptions = {
  ...{ users: 40, events: 600, spammers: 0, requestsEach: 0 },
  ...{ duplicatesPercent: 5, reorderPercent: 10, seed: 7, prefix: "sim" },
};
const USERS = people("sim", 40);
const NONE: Unheard = { lostPercent: 0, imported: 0, seed: 7 };

const outcomesOf = (steps: readonly Step[], lost: ReadonlySet<number>): Outcome[] =>
  steps.map(({ at }) => (lost.has(at) ? "lost" : "told"));
const pairsIn = (lists: readonly TrueList[]) =>
  new Set(
    lists.flatMap(({ userId, friends }) =>
      friends.map(({ friendId }) => pairKey([userId, friendId])),
    ),
  );

const without = (some: ReadonlySet<string>, others: ReadonlySet<string>) =>
  [...some].filter((key) => !others.has(key)).length;

describe("Tencent's lists after some traffic", () => {
  it("are what the table has, where everything is told in its order", ({ expect }) => {
    const steps = planOf({ ...OPTIONS, duplicatesPercent: 0, reorderPercent: 0 });
    const outcomes = outcomesOf(steps, new Set());
    const { lists, drift } = tencentAfter(USERS, steps, outcomes, NONE, 1);
    expect(drift).toEqual({ missing: 0, extra: 0, unsure: 0 });
    expect(lists.map(({ userId }) => userId)).toEqual(USERS);
    const there = [...truthOf("friends", steps, outcomes)].filter(
      ([, { state }]) => state === "there",
    );
    expect(pairsIn(lists)).toEqual(new Set(there.map(([key]) => key)));
  });

  it("differ from it by the drift, whatever is lost, late, repeated or imported", ({ expect }) => {
    fc.assert(
      fc.property(
        fc.record({
          lostPercent: fc.integer({ min: 0, max: 100 }),
          imported: fc.nat(100),
          seed: fc.nat(1_000),
        }),
        (unheard) => {
          const steps = planOf({ ...OPTIONS, seed: unheard.seed });
          const outcomes = outcomesOf(steps, lostOf(steps, unheard));
          const { lists, drift } = tencentAfter(USERS, steps, outcomes, unheard, 1);
          const real = pairsIn(lists);
          const table = new Set(
            [...truthOf("friends", steps, outcomes)]
              .filter(([, { state }]) => state === "there")
              .map(([key]) => key),
          );
          expect(drift).toEqual({
            missing: without(real, table),
            extra: without(table, real),
            unsure: 0,
          });
          if (unheard.lostPercent === 100) {
            expect(drift).toMatchObject({ missing: real.size, extra: 0 });
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it("have what REST has imported, as much as there is room for", ({ expect }) => {
    for (const imported of [200, 1_000_000]) {
      const { lists, drift } = tencentAfter(USERS, [], [], { ...NONE, imported }, 1);
      const count = Math.min(imported, 40 * 39);
      // The last free pairs are hard to hit by chance.
      expect(pairsIn(lists).size).toBe(count);
      expect(drift).toEqual({ missing: count, extra: 0, unsure: 0 });
    }
  });

  it("do not have what was refused, and do have what nobody is sure of", ({ expect }) => {
    const [first, second] = planOf({ ...OPTIONS, reorderPercent: 0, duplicatesPercent: 0 }).filter(
      ({ happening: { changes } }) =>
        changes.some(({ table, type }) => table === "friends" && type === "added"),
    );
    if (!first || !second) throw new Error("nothing was added");
    const { lists, drift } = tencentAfter(USERS, [first, second], ["blocked", "unsure"], NONE, 1);
    const pairs = second.happening.changes.flatMap((change) => change.pairs.map(pairKey));
    expect(pairsIn(lists)).toEqual(new Set(pairs));
    expect(drift).toEqual({ missing: 0, extra: 0, unsure: new Set(pairs).size });
  });
});

describe("what is lost", () => {
  const steps = planOf(OPTIONS);

  it("is the same for the same seed, and so large a part of the changes", ({ expect }) => {
    const unheard = { ...NONE, lostPercent: 30 };
    const lost = lostOf(steps, unheard);
    expect(lostOf(steps, unheard)).toEqual(lost);
    const changing = steps.filter(
      ({ duplicate, happening }) => !duplicate && happening.changes.length > 0,
    );
    expect(lost.size / changing.length).toBeGreaterThan(0.2);
    expect(lost.size / changing.length).toBeLessThan(0.4);
    expect(lostOf(steps, { ...NONE, lostPercent: 0 }).size).toBe(0);
    expect(lostOf(steps, { ...NONE, lostPercent: 100 }).size).toBe(changing.length);
  });
});
