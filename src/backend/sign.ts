import type { Config } from "../config.ts";
import { signOf } from "../tencent/url.ts";

/**
 * The query of a callback, with RequestTime and Sign of now. A backend that checks Sign as friendgate does
 * accepts none that is older than a minute.
 *
 * @param token the token that Sign was made with; during a token change the backend may know only one
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

/**
 * Renews a query for a backend that accepts no Sign older than a minute. Only the values of RequestTime and
 * Sign change. Everything else stays byte for byte.
 *
 * @param query without its question mark
 */
export function withTime(query: string, requestTime: string, sign: string): string {
  const fresh = new Map([
    ["requesttime", requestTime],
    ["sign", sign],
  ]);
  return query
    .split("&")
    .map((parameter) => {
      const [name = ""] = parameter.split("=", 1);
      const value = fresh.get(decoded(name).toLowerCase());
      return value === undefined ? parameter : `${name}=${value}`;
    })
    .join("&");
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
