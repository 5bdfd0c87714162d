import { setTimeout } from "node:timers/promises";
import { interrupted } from "../lib/tool.ts";
import type { Happening } from "./happening.ts";
import type { Step } from "./plan.ts";
import { type Outcome, pairKey } from "./truth.ts";

export type RunOptions = {
  /** Steps a second. */
  rate: number;
  /** Steps under way at once. Steps that wait for another one are included. */
  concurrency: number;
  send: (step: Step) => Promise<Outcome>;
  onSettled?: (outcome: Outcome) => void;
};

/**
 * Sends the steps at a steady rate. A step waits for the answers to all earlier steps that share a pair of a
 * table with it. So these arrive in their order, and so do the requests of one user. All others may overlap.
 *
 * @returns what became of each step
 */
export async function run(steps: readonly Step[], options: RunOptions): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const outcomeOfHappening = new Map<number, Outcome>();
  const lastOfKey = new Map<string, Promise<void>>();
  const underWay = new Set<Promise<void>>();
  const startedMs = performance.now();

  async function take(step: Step, index: number, earlier: Iterable<Promise<void>>) {
    await Promise.all(earlier);
    // What was prevented did not happen. So nobody tells about it a second time.
    const prevented = step.duplicate && outcomeOfHappening.get(step.at) === "blocked";
    const outcome = prevented ? "blocked" : await options.send(step);
    outcomes[index] = outcome;
    if (!step.duplicate) outcomeOfHappening.set(step.at, outcome);
    options.onSettled?.(outcome);
  }

  for (const [index, step] of steps.entries()) {
    interrupted.throwIfAborted();
    const dueMs = startedMs + (index * 1000) / options.rate;
    await setTimeout(Math.max(0, dueMs - performance.now()));
    while (underWay.size >= options.concurrency) await Promise.race(underWay);

    const keys = keysOf(step.happening);
    const earlier = new Set(keys.flatMap((key) => lastOfKey.get(key) ?? []));
    const taken = take(step, index, earlier).finally(() => underWay.delete(taken));
    underWay.add(taken);
    for (const key of keys) lastOfKey.set(key, taken);
  }
  await Promise.all(underWay);
  return outcomes;
}

/** What steps may share. Two steps that share one of these must not overlap. */
function keysOf({ questions, changes }: Happening): string[] {
  return [
    ...changes.flatMap(({ table, pairs }) => pairs.map((pair) => `${table} ${pairKey(pair)}`)),
    ...questions.flatMap(({ type, applicantId }) =>
      type === "request" ? [`requests ${applicantId}`] : [],
    ),
  ];
}
