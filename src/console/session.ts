import type { Context } from "hono";
import { type Config, readConfig } from "../config.ts";
import { parseJson, readBytes } from "../http/body.ts";
import { problem } from "../http/problem.ts";
import {
  SESSION_MAX_SECONDS,
  SESSION_WHO_MAX_CHARS,
  SIGN_IN_MAX_BYTES,
  SIGN_IN_PERIOD_SECONDS,
} from "../limits.ts";
import { log } from "../log.ts";
import {
  type Asker,
  askerOf,
  claimsToBeSomebody,
  isOwnPage,
  isSameOrigin,
} from "../roles/asker.ts";
import { roleOf, tokensOf } from "../roles/role.ts";
import { NO_SESSION_COOKIE, type Session, sessionCookie } from "../roles/session.ts";

export type ConsoleEnv = { Bindings: Env };
type ConsoleContext = Context<ConsoleEnv>;

/** Who is signed in. */
export async function describeSession(c: ConsoleContext): Promise<Response> {
  const asked = await askerOf(c.req.raw, tokensOf(configOf(c)), Date.now());
  if (asked.ok) return answer(c, asked.asker);
  if (claimsToBeSomebody(c.req.raw)) return refuse(401, "token-wrong", "Sign in again.");
  return problem(401, "Nobody is signed in.");
}

/** Makes a session from a token. The caller has shown nothing yet, so the tries are counted first. */
export async function signIn(c: ConsoleContext): Promise<Response> {
  const config = configOf(c);
  const limiter = (c.env as Partial<Env>).SIGN_IN_RATE;
  if (limiter === undefined) {
    const problems = "SIGN_IN_RATE is bound to no [[ratelimits]]: see wrangler.toml";
    log("failed", { reason: "misconfigured", problems });
    return problem(500, `${problems}.`);
  }
  const address = c.req.header("CF-Connecting-IP") ?? "";
  const { success } = await limiter.limit({ key: `${config.appId}:${address}` });
  if (!success) return refuseForNow();
  if (!isSameOrigin(c.req.raw.headers)) {
    return refuse(403, "cross-site", "Sign in on the console's own page.");
  }
  const identity = await identityOf(c.req.raw, config.access);
  if (identity && "error" in identity) {
    const detail =
      "Cloudflare Access does not vouch for you: open /console/ by the address that it guards.";
    return refuse(403, "access-wrong", detail, identity.error);
  }
  const tokens = tokensOf(config);
  const token = await readToken(c.req.raw);
  const role = token === undefined ? undefined : await roleOf(token, tokens);
  if (token === undefined || role === undefined) {
    return refuse(401, "token-wrong", "This is neither the API_TOKEN nor the MODERATOR_TOKEN.");
  }
  const expiresAt = Date.now() + SESSION_MAX_SECONDS * 1_000;
  const who = identity?.who.slice(0, SESSION_WHO_MAX_CHARS) ?? role;
  const session: Session = { role, who, expiresAt };
  c.header("Set-Cookie", await sessionCookie(session, token));
  log("accepted", { reason: "signed-in", role });
  return answer(c, session);
}

/** The browser forgets its session. */
export function signOut(c: ConsoleContext): Response {
  if (!isOwnPage(c.req.raw.headers)) {
    return refuse(403, "cross-site", "Sign out on the console's own page.");
  }
  c.header("Set-Cookie", NO_SESSION_COOKIE);
  return c.body(null, 204);
}

/** The configuration. app.ts has checked already that it is good. */
function configOf(c: ConsoleContext): Config {
  const configured = readConfig(c.env);
  if (!configured.ok) throw new Error("misconfigured");
  return configured.config;
}

/** The one whom Cloudflare Access names, if it is set up. */
async function identityOf(request: Request, access: Config["access"]) {
  if (access === undefined) return undefined;
  return (await import("./access.ts")).verifyIdentity(request, access);
}

/** The token in `{"token": "…"}`. People paste line breaks with it. */
async function readToken(request: Request): Promise<string | undefined> {
  const body = await readBytes(request.body, SIGN_IN_MAX_BYTES);
  const json = body.ok ? parseJson(body.bytes) : undefined;
  const { token } = (typeof json === "object" && json !== null ? json : {}) as { token?: unknown };
  return typeof token === "string" ? token.trim() : undefined;
}

function answer(c: ConsoleContext, session: Asker) {
  c.header("Cache-Control", "no-store");
  const { role, who, expiresAt } = session;
  return c.json({ role, who, expiresAt });
}

function refuse(status: 401 | 403, reason: string, detail: string, error?: string): Response {
  log("refused", { reason, status, error });
  return problem(status, detail);
}

function refuseForNow(): Response {
  log("refused", { reason: "too-many-tries", status: 429 });
  const response = problem(429, "Too many tries: wait a minute.");
  response.headers.set("Retry-After", String(SIGN_IN_PERIOD_SECONDS));
  return response;
}
