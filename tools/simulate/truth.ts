import type { Pair } from "../tencent/bodies.ts";
import type { Change } from "./life.ts";
import type { Step } from "./plan.ts";

/**
 * What became of a step:
 * - `told`: the change was answered OK, or there was none to tell
 * - `blocked`: the response was refused, so the change did not happen
 * - `unsure`: an answer is missing or says failed. The change may be in the table or not. If its
 *   request is still under way, it may become the newest
 */
export type Outcome = "told" | "blocked" | "unsure";

/** How a friendship came to be, in the words of the table. */
export type Attributes = {
  initiatorId: string | null;
  source: string | null;
  adminId: string | null;
  forced: boolean;
};

export type PairTruth =
  | { state: "friends"; attributes: Attributes }
  | { state: "deleted" }
  | { state: "unsure" };

/** By pair; see `pairKey`. */
export type Truth = ReadonlyMap<string, PairTruth>;

/** One text for a directed pair, whatever the ids hold. */
export function pairKey([user, friend]: Pair): string {
  return JSON.stringify([user, friend]);
}

/**
 * What the table must say when everything has been applied.
 *
 * These callbacks carry no time, so the Worker orders them by their arrival. Of each pair, the change
 * that arrives last counts: a duplicate or a late callback that arrives after a younger one is the
 * newer one. A pair with one unsure change stays unsure.
 *
 * @param steps in the order of their arrival
 */
export function truthOf(steps: readonly Step[], outcomes: readonly Outcome[]): Truth {
  const truth = new Map<string, PairTruth>();
  for (const [index, { happening }] of steps.entries()) {
    const outcome = outcomes[index];
    if (happening.change === undefined || outcome === "blocked") continue;
    for (const pair of happening.change.pairs) {
      const key = pairKey(pair);
      if (truth.get(key)?.state === "unsure") continue;
      truth.set(key, outcome === "told" ? stateAfter(happening.change) : { state: "unsure" });
    }
  }
  return truth;
}

/**
 * How many pairs now differ from Tencent because of the order of arrival. No receiver can know.
 * Comparing with Tencent's own lists finds them.
 */
export function misledPairs(steps: readonly Step[], outcomes: readonly Outcome[]): number {
  const originals = steps
    .map((step, index) => ({ step, outcome: outcomes[index] ?? "unsure" }))
    .filter(({ step }) => !step.duplicate)
    .toSorted((a, b) => a.step.at - b.step.at);
  const happened = truthOf(
    originals.map(({ step }) => step),
    originals.map(({ outcome }) => outcome),
  );
  return [...truthOf(steps, outcomes)].filter(
    ([key, { state }]) => state !== "unsure" && state !== happened.get(key)?.state,
  ).length;
}

function stateAfter(change: Change): PairTruth {
  if (change.type === "deleted") return { state: "deleted" };
  const { initiatorId, clientCmd, adminId, forced } = change;
  return {
    state: "friends",
    attributes: {
      initiatorId,
      source: /response/i.test(clientCmd) ? "friend_response" : "friend_add",
      adminId: adminId || null,
      forced,
    },
  };
}
