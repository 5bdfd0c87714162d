import { setTimeout } from "node:timers/promises";
import { interrupted } from "../lib/tool.ts";
import type { Target } from "../tencent/send.ts";
import { compare, type Difference, type Stored, sizeOf } from "./compare.ts";
import { type PlanOptions, planOf } from "./plan.ts";
import type { Figures } from "./progress.ts";
import { run } from "./run.ts";
import { tell } from "./tell.ts";
import { misledPairs, truthOf } from "./truth.ts";

export type TrafficOptions = {
  plan: PlanOptions;
  target: Target;
  /** Steps a second. */
  rate: number;
  concurrency: number;
  /** The friendships in the table. */
  readTable: () => Promise<Stored[]>;
  /** How long a difference must last before it counts, in milliseconds. */
  patienceMs: number;
  /** Kept up to date while the traffic runs. */
  figures: Figures;
  onPlanned: (steps: number) => void;
  onStep: () => void;
  /** Everything was sent, after so many milliseconds. */
  onSent: (elapsedMs: number) => void;
};

export type TrafficResult = {
  /** Pairs that are friends by the truth. */
  friends: number;
  /** Pairs that end otherwise than they happened, because of the order of arrival. */
  misled: number;
  difference: Difference;
};

/** An equal table is read once more: a late delivery could still spoil it. */
const CONFIRM_AFTER_MS = 2_000;
const READ_AGAIN_AFTER_MS = 1_000;

/** Plays the life of a social graph, and compares what the table says afterwards with the truth. */
export async function playTraffic(options: TrafficOptions): Promise<TrafficResult> {
  const { plan, target, rate, concurrency, figures } = options;
  const steps = planOf(plan);
  options.onPlanned(steps.length);

  const startedMs = performance.now();
  const outcomes = await run(steps, {
    rate,
    concurrency,
    send: (step) =>
      tell(target, step, ({ sent, effect }) => {
        const good = effect.ok && effect.problems.length === 0;
        figures.sent += 1;
        figures.ok += good ? 1 : 0;
        figures.failed += good ? 0 : 1;
        figures.blocked += effect.items.some(({ blocked }) => blocked) ? 1 : 0;
        figures.durationsMs.push(sent.received.elapsedMs);
      }),
    onSettled: options.onStep,
  });
  options.onSent(performance.now() - startedMs);

  const truth = truthOf(steps, outcomes);
  return {
    friends: [...truth.values()].filter(({ state }) => state === "friends").length,
    misled: misledPairs(steps, outcomes),
    difference: await settled(async () => compare(truth, await options.readTable()), options),
  };
}

/** The queue's depth cannot be seen from here, so the table is read until it stops changing. */
async function settled(
  differenceNow: () => Promise<Difference>,
  { patienceMs }: { patienceMs: number },
): Promise<Difference> {
  let smallest = Number.POSITIVE_INFINITY;
  let sinceMs = performance.now();
  let equalBefore = false;
  for (;;) {
    const difference = await differenceNow();
    const size = sizeOf(difference);
    if (size === 0 && equalBefore) return difference;
    equalBefore = size === 0;
    if (size < smallest) {
      smallest = size;
      sinceMs = performance.now();
    } else if (size > 0 && performance.now() - sinceMs > patienceMs) {
      return difference;
    }
    const waitMs = equalBefore ? CONFIRM_AFTER_MS : READ_AGAIN_AFTER_MS;
    await setTimeout(waitMs, undefined, { signal: interrupted });
  }
}
