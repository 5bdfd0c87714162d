import { CLOCK, type Clock } from "../lib/clock.ts";

export type Pace = {
  /** Waits until the next call may be made. */
  turn(signal: AbortSignal): Promise<void>;
  /** Tencent said that these are too many. */
  slower(): void;
  /** A call was answered. */
  answered(): void;
  perSecond(): number;
};

const MIN_PER_SECOND = 0.5;
/** Many calls are under way when it becomes too many: all of them say so, and it counts once. */
const SLOWER_AT_MOST_EVERY_MS = 1_000;
/** So many answers bring it back from nothing to the whole rate. */
const ANSWERS_TO_RECOVER = 200;

/** One pace for all calls, however many are under way: halved when it is too fast, and slowly back. */
export function createPace(rate: number, clock: Clock = CLOCK): Pace {
  let current = rate;
  let nextMs = Number.NEGATIVE_INFINITY;
  let slowedMs = Number.NEGATIVE_INFINITY;
  return {
    async turn(signal) {
      const nowMs = clock.nowMs();
      const dueMs = Math.max(nowMs, nextMs);
      nextMs = dueMs + 1000 / current;
      if (dueMs > nowMs) await clock.wait(dueMs - nowMs, signal);
    },
    slower() {
      const nowMs = clock.nowMs();
      if (nowMs - slowedMs < SLOWER_AT_MOST_EVERY_MS) return;
      slowedMs = nowMs;
      current = Math.max(Math.min(rate, MIN_PER_SECOND), current / 2);
      // Limits are counted by the second: this one is over.
      nextMs = Math.max(nextMs, nowMs + SLOWER_AT_MOST_EVERY_MS);
    },
    answered() {
      current = Math.min(rate, current + rate / ANSWERS_TO_RECOVER);
    },
    perSecond: () => current,
  };
}
