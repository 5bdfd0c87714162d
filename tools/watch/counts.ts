import type { Decided, DecidedType } from "../lib/decided.ts";

/**
 * How many were shown, how many of them were refused, and how many were only observed by a rule or a limit.
 */
export type Counts = Record<DecidedType, { shown: number; refused: number; observed: number }>;

export function newCounts(): Counts {
  const none = { shown: 0, refused: 0, observed: 0 };
  return { request: { ...none }, response: { ...none } };
}

export function count(counts: Counts, { type, code, observedKey }: Decided): void {
  counts[type].shown += 1;
  if (code !== 0) counts[type].refused += 1;
  else if (observedKey !== null) counts[type].observed += 1;
}

export function countsText(counts: Counts): string {
  return Object.entries(counts)
    .map(([type, { shown, refused, observed }]) => {
      const what = `${shown} ${type}${shown === 1 ? "" : "s"}`;
      return `${what}: ${refused} refused, ${observed} observed`;
    })
    .join("; ");
}
