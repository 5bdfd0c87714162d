import { addCounts, type Count, stepOf } from "./db/counts.ts";
import { COUNT_NAMES_MAX } from "./limits.ts";
import { errorName, log } from "./log.ts";

/** Counts something. The promise is for `waitUntil`. It resolves when the count is written. */
export type Counter = (
  counted: { family: string; outcome: Count["outcome"] },
  deps: { db: D1Database; nowMs: number },
) => Promise<void>;

/**
 * Counts callbacks for /v1/stats. No callback waits for it: one statement writes all counts of a window,
 * after the answer to the callback that opened the window. When an isolate is stopped, the counts in its
 * memory are lost.
 */
export function createCounter(windowMs: number): Counter {
  let pending = new Map<string, Count>();
  let opensMs = 0;

  const add = ({ count, ...rest }: Count) => {
    const name = JSON.stringify(rest);
    const before = pending.get(name);
    if (before !== undefined) before.count += count;
    // Families are text of a request. A sender who invents families gets no more than so many.
    else if (pending.size < COUNT_NAMES_MAX) pending.set(name, { ...rest, count });
  };

  return async ({ family, outcome }, { db, nowMs }) => {
    add({ at: stepOf(nowMs), family, outcome, count: 1 });
    // By the clock: the next window opens even if the invocation that writes is stopped.
    if (nowMs < opensMs) return;
    opensMs = nowMs + windowMs;
    await scheduler.wait(windowMs);
    const counts = [...pending.values()];
    pending = new Map();
    try {
      await addCounts(db, counts);
    } catch (error) {
      for (const count of counts) add(count);
      log("failed", { reason: "not-counted", error: errorName(error) });
    }
  };
}
