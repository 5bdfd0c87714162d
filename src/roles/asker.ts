import { bearerOf } from "../http/bearer.ts";
import { isSafe, type Role, roleOf, type Tokens } from "./role.ts";
import { claimedSession, readSession } from "./session.ts";

/** Who asks: a role, and in the name of whom. */
export type Asker = {
  role: Role;
  who: string;
  /** When the session ends, ms since the epoch; null for who sends the token itself. */
  expiresAt: number | null;
};

export type Asked =
  | { ok: true; asker: Asker }
  /** Nobody whom a token or a session lets in. */
  | { ok: false; reason: "token-wrong" }
  /** A session's browser, but not the console's own page. */
  | { ok: false; reason: "cross-site" };

/** Whether a request says who asks, rightly or not. */
export function claimsToBeSomebody({ headers }: Request): boolean {
  return headers.has("Authorization") || claimedSession(headers) !== undefined;
}

/**
 * Who asks, by a token or by the console's session. A token that is wrong is not made good by a session.
 * A browser sends the cookie along with whatever a page has it ask: so what changes something by a session
 * has a header that only the console's own page can add.
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

/** Old browsers do not say. */
export function isSameOrigin(headers: Headers): boolean {
  return (headers.get("Sec-Fetch-Site") ?? "same-origin") === "same-origin";
}
