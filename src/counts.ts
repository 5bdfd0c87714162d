import { addCounts, type Count, stepOf } from "./db/counts.ts";
import { COUNT_NAMES_MAX } from "./limits.ts";
import { errorName, log } from "./log.ts";

/** Counts something; the promise is for `waitUntil`, and ends when it is written. */
export type Counter = (
  counted: { family: string; outcome: Count["outcome"] },
  deps: { db: D1Database; nowMs: number },
) => Promise<void>;

/**
 * Counts callbacks for /v1/stats at no cost to any of them: what is counted within the window is
 * written by one statement, behind the answer of the callback that opened it. What an isolate has in its
 * memory when it is stopped is not counted.
 */
export function createCounter(windowMs: number): Counter {
  let pending = new Map<string, Count>();
  let opensMs = 0;

  const add = ({ count, ...rest }: Count) => {
    const name = JSON.stringify(rest);
    const before = pending.get(name);
    if (before !== undefined) before.count += count;
    // Families are text of a request: one that makes them up makes no more than so many.
    else if (pending.size < COUNT_NAMES_MAX) pending.set(name, { ...rest, count });
  };

  return async ({ family, outcome }, { db, nowMs }) => {
    add({ at: stepOf(nowMs), family, outcome, count: 1 });
    // By the clock: were the one that writes stopped, the next window would open all the same.
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
