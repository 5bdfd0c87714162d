import { CLOCK, type Clock } from "../lib/clock.ts";

export type Pace = {
  /** Waits until the next call may be made. */
  turn(signal: AbortSignal): Promise<void>;
  /** Tencent said that there are too many calls. */
  slower(): void;
  /** A call was answered. */
  answered(): void;
  perSecond(): number;
};

const MIN_PER_SECOND = 0.5;
/** Many calls are under way at the moment of "too many". All of them say so, but it counts once. */
const SLOWER_AT_MOST_EVERY_MS = 1_000;
/** After so many answers, the pace is back from nothing to the whole rate. */
const ANSWERS_TO_RECOVER = 200;

/** One pace for all calls together. It is halved when it is too fast, and comes back slowly. */
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
      // Tencent counts its limits by the second. This second is used up.
      nextMs = Math.max(nextMs, nowMs + SLOWER_AT_MOST_EVERY_MS);
    },
    answered() {
      current = Math.min(rate, current + rate / ANSWERS_TO_RECOVER);
    },
    perSecond: () => current,
  };
}
