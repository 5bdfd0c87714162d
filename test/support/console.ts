import { env } from "cloudflare:workers";
import { API_TOKEN, fetchApi, ORIGIN } from "./api.ts";

export const MODERATOR_TOKEN = "local-moderator-token";

/** Lets everybody try. */
export const ANY_RATE = { limit: async () => ({ success: true }) };

/** The headers that the console's own page adds. */
export const OWN_PAGE = { "X-Friendgate-Console": "1", "Sec-Fetch-Site": "same-origin" };

type Asking = {
  method?: string;
  headers?: Record<string, string>;
  /** As JSON. */
  body?: unknown;
  env?: Record<string, unknown>;
};

/** Asks a Worker that has both tokens. */
export function askAs(
  headers: Record<string, string>,
  path: string,
  { method = "GET", headers: more = {}, body, env: overrides = {} }: Asking = {},
): Promise<Response> {
  const worker = fetchApi({ MODERATOR_TOKEN, SIGN_IN_RATE: ANY_RATE, ...overrides });
  return worker(`${ORIGIN}${path}`, {
    method,
    headers: {
      ...headers,
      ...more,
      ...(body !== undefined && { "Content-Type": "application/json" }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    redirect: "manual",
  });
}

/** Signs in, and gives back the answer. */
export function signIn(token: string, asking: Asking = {}): Promise<Response> {
  return askAs(OWN_PAGE, "/console/session", { method: "POST", body: { token }, ...asking });
}

/** The cookie of a session, as a browser sends it. */
export async function cookieOf(token: string, asking: Asking = {}): Promise<string> {
  const [cookie = ""] = (await signIn(token, asking)).headers.get("Set-Cookie")?.split(";") ?? [];
  return cookie;
}

/** Everybody who can ask, by the headers that they send. */
export async function everybody(): Promise<Record<string, Record<string, string>>> {
  return {
    none: {},
    wrong: { Authorization: `Bearer ${API_TOKEN}x` },
    moderator: { Authorization: `Bearer ${MODERATOR_TOKEN}` },
    admin: { Authorization: `Bearer ${API_TOKEN}` },
    "moderator's cookie": { Cookie: await cookieOf(MODERATOR_TOKEN), ...OWN_PAGE },
    "admin's cookie": { Cookie: await cookieOf(API_TOKEN), ...OWN_PAGE },
  };
}

/** Files of a console, in place of those that are built. */
export function assetsWith(files: Record<string, string>): Fetcher {
  return {
    ...env.ASSETS,
    fetch: async (input: RequestInfo | URL) => {
      const text = files[new URL(String(input)).pathname];
      return text === undefined
        ? new Response(null, { status: 404 })
        : new Response(text, { headers: { ETag: '"1"', "Content-Type": "text/html" } });
    },
  } as Fetcher;
}
