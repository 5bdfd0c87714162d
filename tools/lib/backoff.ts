/** How many tries something gets before it counts as failed. The first try is included. */
export const TRIES_MAX = 7;

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * How long to wait before the next try: twice as long each time, and a random part of that. So calls
 * that failed together do not come back together.
 *
 * @param tries how many there were
 * @param chance from 0 to below 1
 */
export function backoffMs(tries: number, chance: number): number {
  const most = Math.min(LONGEST_MS, FIRST_MS * 2 ** (tries - 1));
  return most / 2 + (most / 2) * chance;
}
