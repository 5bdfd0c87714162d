import { vi } from "vitest";

/**
 * Lets time pass on the fake clock: what a promise has brought by then, if anything. Not for what
 * does real work as well, whose time no fake clock knows.
 */
export async function afterMs<T>(ms: number, promise: Promise<T>): Promise<T | "still waiting"> {
  await vi.advanceTimersByTimeAsync(ms);
  return Promise.race([promise, scheduler.wait(0).then(() => "still waiting" as const)]);
}

/**
 * Waits for what real work brings, however long that takes, and lets no time pass on the fake clock:
 * `vi.waitUntil` does. What never comes ends with the test.
 */
export async function until(isThere: () => boolean): Promise<void> {
  while (!isThere()) await scheduler.wait(1);
}
