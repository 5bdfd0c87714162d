import { type Outcome, tryWithTimeout } from "../timeout.ts";
import { buildKeys, type FriendAction } from "./key.ts";

/** Counts friend requests, where wrangler.toml binds it. */
export type RateBinding = { REQUEST_RATE?: RateLimit };

export type RateRead = {
  /** How many are within the rate, counted from the first one. */
  within: number;
  /** Why that is not known. Then all of them count as within the rate. */
  failure?: Exclude<Outcome<never>, { ok: true }>;
};

/**
 * How many friend requests of a callback are within the rate of the user who sends them. Each counts as
 * one. They are counted one after the other, up to the first that is over the rate. So a callback of
 * thousands asks no more often than the rate is high. Friend responses have no rate.
 *
 * @param appId part of the key: all Workers of an account that give a limiter the same name share it
 */
export async function readRate(
  limiter: RateLimit | undefined,
  actions: readonly FriendAction[],
  { appId, timeoutMs }: { appId: string; timeoutMs: number },
): Promise<RateRead> {
  const all = { within: actions.length };
  const [first] = actions;
  if (limiter === undefined || first?.action !== "Request") return all;
  const [applicant] = buildKeys(first, ["applicant"]);
  if (applicant === undefined) return all;

  const key = `${appId}:${applicant.key}`;
  let isOver = false;
  const read = await tryWithTimeout(timeoutMs, async () => {
    let within = 0;
    while (!isOver && within < actions.length) {
      const { success } = await limiter.limit({ key });
      if (!success) break;
      within += 1;
    }
    return within;
  });
  isOver = true;
  return read.ok ? { within: read.value } : { ...all, failure: read };
}
