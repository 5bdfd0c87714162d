import { bearerOf } from "../http/bearer.ts";
import { isSafe, type Role, roleOf, type Tokens } from "./role.ts";
import { claimedSession, readSession } from "./session.ts";

/** Who asks: a role, and the name of the one who asks. */
export type Asker = {
  role: Role;
  who: string;
  /** When the session ends, ms since the epoch; null if the request has the token itself. */
  expiresAt: number | null;
};

export type Asked =
  | { ok: true; asker: Asker }
  /** No token and no session lets the request in. */
  | { ok: false; reason: "token-wrong" }
  /** The browser has a session, but the console's own page did not ask. */
  | { ok: false; reason: "cross-site" };

/** Whether a request says who asks, rightly or not. */
export function claimsToBeSomebody({ headers }: Request): boolean {
  return headers.has("Authorization") || claimedSession(headers) !== undefined;
}

/**
 * Who asks, by a token or by the console's session. A session does not make up for a wrong token. A browser
 * sends the cookie with every request that a page makes. So a request that changes something by a session
 * must have a header that only the console's own page can add.
 */
export async function askerOf(request: Request, tokens: Tokens, nowMs: number): Promise<Asked> {
  const { headers, method } = request;
  if (headers.has("Authorization")) {
    const role = await roleOf(bearerOf(request) ?? "", tokens);
    return role
      ? { ok: true, asker: { role, who: role, expiresAt: null } }
      : { ok: false, reason: "token-wrong" };
  }
  const claimed = claimedSession(headers);
  const session = claimed === undefined ? undefined : await readSession(claimed, tokens, nowMs);
  if (session === undefined) return { ok: false, reason: "token-wrong" };
  if (!isSafe(method) && !isOwnPage(headers)) return { ok: false, reason: "cross-site" };
  return { ok: true, asker: session };
}

/** Whether the console's own page asks, as far as its headers tell. */
export function isOwnPage(headers: Headers): boolean {
  return headers.get("X-Friendgate-Console") === "1" && isSameOrigin(headers);
}

/** Old browsers do not send this header. */
export function isSameOrigin(headers: Headers): boolean {
  return (headers.get("Sec-Fetch-Site") ?? "same-origin") === "same-origin";
}
