/** How often something is tried before it counts as failed, the first time included. */
export const TRIES_MAX = 7;

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * How long to wait before the next try: twice as long each time, and by chance a part of that, so that
 * calls which failed together do not come back together.
 *
 * @param tries how many there were
 * @param chance from 0 to below 1
 */
export function backoffMs(tries: number, chance: number): number {
  const most = Math.min(LONGEST_MS, FIRST_MS * 2 ** (tries - 1));
  return most / 2 + (most / 2) * chance;
}
