import { RETRY_DELAY_MIN_SECONDS } from "../limits.ts";

/** Makes messages come again later, and logs why. */
export type Retry = (messages: readonly Message[], reason: string) => void;

/**
 * How long a message waits before its next try. The delay doubles after each try, up to a limit. It is
 * spread over its upper half, so that messages that failed together do not come back together.
 *
 * @param attempts how often the message was delivered, from 1
 * @param maxSeconds the limit; each queue has its own
 * @param random from 0 to below 1
 * @returns whole seconds
 */
export function retryDelaySeconds(attempts: number, maxSeconds: number, random: number): number {
  const longest = Math.min(RETRY_DELAY_MIN_SECONDS * 2 ** Math.max(0, attempts - 1), maxSeconds);
  return Math.ceil(longest / 2 + (longest / 2) * random);
}
