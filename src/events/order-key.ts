/**
 * A key orders the events of one pair. The edge stamps it: the milliseconds of their arrival, followed by a
 * count. The count separates events that arrive in one isolate within one millisecond. With 2^10 per
 * millisecond the key stays within 53 bits until the year 2248.
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
 * Gives keys that grow with every call, even if the clock stands still or steps back. An isolate uses one
 * such function for its whole life.
 */
export function createOrderKeys(): (nowMs: number) => number {
  let last = 0;
  return (nowMs) => {
    last = Math.max(last + 1, toOrderKey(nowMs));
    return last;
  };
}
