import { BREAKER_MAX_MS, BREAKER_MIN_MS } from "../limits.ts";

/**
 * Keeps a backend that is down from being asked all the time. After a failed try the breaker is open:
 * nobody tries for a while. Then it is half-open: one try is made, and its result decides.
 */
export type Breaker = {
  isOpen: (nowMs: number) => boolean;
  succeeded: () => void;
  failed: (nowMs: number) => void;
};

/** A closed breaker. What it knows is lost with its isolate. One try finds it out again. */
export function createBreaker(): Breaker {
  let untilMs = 0;
  let nextMs = BREAKER_MIN_MS;
  return {
    isOpen: (nowMs) => nowMs < untilMs,
    succeeded: () => {
      untilMs = 0;
      nextMs = BREAKER_MIN_MS;
    },
    failed: (nowMs) => {
      untilMs = nowMs + nextMs;
      nextMs = Math.min(2 * nextMs, BREAKER_MAX_MS);
    },
  };
}
