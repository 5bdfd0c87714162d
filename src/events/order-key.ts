/**
 * Events of one pair are ordered by a key that is stamped at the edge: the milliseconds of their
 * arrival, and behind them a count that keeps apart what arrives in one isolate within one
 * millisecond. 2^10 a millisecond keep the key within 53 bits until the year 2248.
 */
export const TICKS_PER_MS = 1_024;

/** The key for something that happened at a known time: the same time gives the same key. */
export function toOrderKey(ms: number): number {
  return ms * TICKS_PER_MS;
}

/** The milliseconds since the epoch that a key stands for. */
export function toMs(orderKey: number): number {
  return Math.floor(orderKey / TICKS_PER_MS);
}

/**
 * Gives keys that grow with every call, even where the clock stands still or steps back.
 * An isolate has one for its whole life.
 */
export function createOrderKeys(): (nowMs: number) => number {
  let last = 0;
  return (nowMs) => {
    last = Math.max(last + 1, toOrderKey(nowMs));
    return last;
  };
}
