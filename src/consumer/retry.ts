import { RETRY_DELAY_MIN_SECONDS } from "../limits.ts";

/** Has messages come again later, and says why. */
export type Retry = (messages: readonly Message[], reason: string) => void;

/**
 * How long a message waits before its next try: twice as long after each try up to a limit, and
 * spread over the upper half of it, so that what failed together does not come back together.
 *
 * @param attempts how often the message was delivered, from 1
 * @param maxSeconds the limit, which each queue has for itself
 * @param random from 0 to below 1
 * @returns whole seconds
 */
export function retryDelaySeconds(attempts: number, maxSeconds: number, random: number): number {
  const longest = Math.min(RETRY_DELAY_MIN_SECONDS * 2 ** Math.max(0, attempts - 1), maxSeconds);
  return Math.ceil(longest / 2 + (longest / 2) * random);
}
