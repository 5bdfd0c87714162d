import { describe, it } from "vitest";
import { retryDelaySeconds } from "../../../src/consumer/retry.ts";
import {
  DEAD_LETTER_RETRY_DELAY_MAX_SECONDS,
  RETRY_DELAY_MAX_SECONDS,
} from "../../../src/limits.ts";

const DAY_SECONDS = 24 * 3_600;
/** https://developers.cloudflare.com/queues/platform/limits/ */
const MAX_RETRIES = 100;

/** How long all tries together last. */
function lifeDays(maxSeconds: number, random: number): number {
  let seconds = 0;
  for (let attempts = 1; attempts <= MAX_RETRIES; attempts++) {
    seconds += retryDelaySeconds(attempts, maxSeconds, random);
  }
  return seconds / DAY_SECONDS;
}

describe("the delay before the next try", () => {
  it.for([
    [1, 0, 3],
    [1, 0.9999, 5],
    [2, 0, 5],
    [2, 0.9999, 10],
    [5, 0.5, 60],
    [100, 0, 1_800],
    [100, 0.9999, 3_600],
    [1_000_000, 0.9999, 3_600],
    [0, 0, 3],
  ] as const)("after %i tries, random %f: %i s", ([attempts, random, seconds], { expect }) => {
    expect(retryDelaySeconds(attempts, RETRY_DELAY_MAX_SECONDS, random)).toBe(seconds);
  });

  it("keeps a message for about three days, within the queue's four", ({ expect }) => {
    expect(lifeDays(RETRY_DELAY_MAX_SECONDS, 0.5)).toBeGreaterThan(2.8);
    expect(lifeDays(RETRY_DELAY_MAX_SECONDS, 0.5)).toBeLessThan(4);
  });

  it("keeps a dead letter for about twelve days, within the queue's fourteen", ({ expect }) => {
    expect(lifeDays(DEAD_LETTER_RETRY_DELAY_MAX_SECONDS, 0.5)).toBeGreaterThan(11);
    expect(lifeDays(DEAD_LETTER_RETRY_DELAY_MAX_SECONDS, 0.5)).toBeLessThan(14);
  });
});
