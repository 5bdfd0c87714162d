import type { Config } from "../config.ts";
import { signOf, withTime } from "../tencent/url.ts";

/**
 * The query of a callback with RequestTime and Sign of now: whoever checks Sign as friendgate does accepts
 * none that is older than a minute.
 *
 * @param token which one Sign was made with: while a token is changed, the backend may know but one
 */
export async function signedAnew(
  { query, token }: { query: string; token: "current" | "previous" | "none" },
  tokens: Config["tokens"],
  nowMs: number,
): Promise<string> {
  if (tokens === undefined || token === "none") return query;
  const own = (token === "previous" && tokens.previous) || tokens.current;
  const requestTime = requestTimeOf(nowMs);
  return withTime(query, requestTime, await signOf(own, requestTime));
}

/** Unix seconds, as a callback's URL spells them. */
export function requestTimeOf(nowMs: number): string {
  return String(Math.floor(nowMs / 1_000));
}
