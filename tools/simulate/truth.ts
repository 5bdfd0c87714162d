import type { Pair } from "../tencent/bodies.ts";
import type { Change, Table } from "./happening.ts";
import type { Step } from "./plan.ts";

/**
 * What became of a step:
 * - `told`: its changes were answered OK, or there was none to tell
 * - `lost`: the changes happened, and nobody was told of them
 * - `blocked`: the request or the response was refused, so the changes did not happen
 * - `unsure`: an answer is missing or says failed. The changes may be in the tables or not. If a
 *   request is still under way, it may become the newest
 */
export type Outcome = "told" | "lost" | "blocked" | "unsure";

/** How a friendship began, in the words of the table. A blacklist has nothing like it. */
export type Attributes = {
  initiatorId: string | null;
  source: string | null;
  adminId: string | null;
  forced: boolean;
};

export type PairTruth =
  | { state: "there"; attributes: Attributes | null }
  | { state: "deleted" }
  | { state: "unsure" };

/** Of one table, by pair; see `pairKey`. */
export type Truth = ReadonlyMap<string, PairTruth>;

/** One text for a directed pair, whatever the ids hold. */
export function pairKey([user, other]: Pair): string {
  return JSON.stringify([user, other]);
}

/**
 * What a table must say after everything was applied.
 *
 * These callbacks carry no time, so the Worker orders them by their arrival. Of each pair, the change
 * that arrives last counts: a duplicate or a late callback that arrives after a younger one is the
 * newer one. A pair with one unsure change stays unsure.
 *
 * @param steps in the order of their arrival
 */
export function truthOf(table: Table, steps: readonly Step[], outcomes: readonly Outcome[]): Truth {
  const truth = new Map<string, PairTruth>();
  for (const [index, { happening }] of steps.entries()) {
    const outcome = outcomes[index];
    if (outcome === "blocked" || outcome === "lost") continue;
    for (const change of happening.changes.filter((change) => change.table === table)) {
      for (const key of change.pairs.map(pairKey)) {
        if (truth.get(key)?.state === "unsure") continue;
        truth.set(key, outcome === "told" ? stateAfter(change) : { state: "unsure" });
      }
    }
  }
  return truth;
}

/**
 * How many pairs now differ from Tencent because of the order of arrival. No receiver can know. A comparison
 * with Tencent's own lists finds them.
 */
export function misledPairs(
  table: Table,
  steps: readonly Step[],
  outcomes: readonly Outcome[],
): number {
  const originals = originalsOf(steps, outcomes);
  const happened = truthOf(
    table,
    originals.map(({ step }) => step),
    originals.map(({ outcome }) => outcome),
  );
  return [...truthOf(table, steps, outcomes)].filter(
    ([key, { state }]) => state !== "unsure" && state !== happened.get(key)?.state,
  ).length;
}

/** What is true at Tencent, even if no callback told it: what happened, in its order. */
export function happenedOf(
  table: Table,
  steps: readonly Step[],
  outcomes: readonly Outcome[],
): Truth {
  const originals = originalsOf(steps, outcomes);
  return truthOf(
    table,
    originals.map(({ step }) => step),
    originals.map(({ outcome }) => (outcome === "blocked" ? "blocked" : "told")),
  );
}

/** Every happening once, in the order of happening. */
function originalsOf(steps: readonly Step[], outcomes: readonly Outcome[]) {
  return steps
    .map((step, index) => ({ step, outcome: outcomes[index] ?? "unsure" }))
    .filter(({ step }) => !step.duplicate)
    .toSorted((a, b) => a.step.at - b.step.at);
}

function stateAfter(change: Change): PairTruth {
  if (change.type === "deleted") return { state: "deleted" };
  return { state: "there", attributes: change.table === "friends" ? attributesOf(change) : null };
}

function attributesOf({
  initiatorId,
  clientCmd,
  adminId,
  forced,
}: Extract<Change, { table: "friends"; type: "added" }>): Attributes {
  return {
    initiatorId,
    source: /response/i.test(clientCmd) ? "friend_response" : "friend_add",
    adminId: adminId || null,
    forced,
  };
}
