import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, it, vi } from "vitest";
import { readSession, type Session, sessionCookie } from "../../src/roles/session.ts";
import { API_TOKEN } from "../support/api.ts";
import {
  ANY_RATE,
  askAs,
  assetsWith,
  cookieOf,
  MODERATOR_TOKEN,
  OWN_PAGE,
  signIn,
} from "../support/console.ts";
import { logLines } from "../support/log.ts";

const HOURS_12_MS = 12 * 3_600_000;
const ROLES = [
  { role: "admin", token: API_TOKEN },
  { role: "moderator", token: MODERATOR_TOKEN },
] as const;

describe.for(ROLES)("signing in with the token of the $role", ({ role, token }) => {
  it("begins a session of twelve hours, in a cookie that no script and no other site sees", async ({
    expect,
  }) => {
    const response = await signIn(token);
    expect(response.status).toBe(200);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    const cookie = response.headers.get("Set-Cookie") ?? "";
    expect(cookie).toMatch(
      /^__Host-friendgate=[\w-]+\.[\w-]+; Path=\/; HttpOnly; Secure; SameSite=Strict; Max-Age=43200$/,
    );
    const { expiresAt, ...session } = await response.json<{ expiresAt: number }>();
    expect(session).toEqual({ role, who: role });
    expect(Math.abs(expiresAt - Date.now() - HOURS_12_MS)).toBeLessThan(5_000);
    expect(cookie).not.toContain(token);
    expect(atob(cookie.split(/[=.]/)[1] ?? "")).not.toContain(token);
    expect(logLines()).toEqual([{ event: "accepted", reason: "signed-in", role }]);
  });

  it("lets the browser see the API and the figures of /health, until it signs out", async ({
    expect,
  }) => {
    const Cookie = await cookieOf(token);
    for (const path of ["/v1/stats", "/health", "/console/session"]) {
      expect((await askAs({ Cookie }, path)).status).toBe(200);
    }
    expect(await (await askAs({ Cookie }, "/health")).json()).toHaveProperty("deadLetters");
    expect(await (await askAs({ Cookie }, "/console/session")).json()).toMatchObject({ role });
    const out = await askAs({ Cookie, ...OWN_PAGE }, "/console/session", { method: "DELETE" });
    expect(out.status).toBe(204);
    expect(out.headers.get("Set-Cookie")).toBe(
      "__Host-friendgate=; Path=/; HttpOnly; Secure; SameSite=Strict; Max-Age=0",
    );
  });

  it("takes the token with the line break that was pasted along", async ({ expect }) => {
    expect((await signIn(` ${token}\n`)).status).toBe(200);
  });

  it("ends when the time has come, or the token is another one", async ({ expect }) => {
    const Cookie = await cookieOf(token);
    const name = role === "admin" ? "API_TOKEN" : "MODERATOR_TOKEN";
    const env = { [name]: "another-token-of-ours" };
    expect((await askAs({ Cookie }, "/v1/stats", { env })).status).toBe(401);
    vi.setSystemTime(Date.now() + HOURS_12_MS - 60_000);
    expect((await askAs({ Cookie }, "/v1/stats")).status).toBe(200);
    vi.setSystemTime(Date.now() + 60_000);
    expect((await askAs({ Cookie }, "/v1/stats")).status).toBe(401);
  });
});

describe("signing in", () => {
  it.for([
    ["with another token", { token: `${API_TOKEN}x` }],
    ["with no token", {}],
    ["with an empty token", { token: "" }],
    ["with a token that is no text", { token: [API_TOKEN] }],
    ["with a list", [API_TOKEN]],
    ["with null", null],
    ["with a text", API_TOKEN],
    ["with a body of a megabyte", { token: API_TOKEN, more: "x".repeat(1_000_000) }],
  ] as const)("%s is 401, and logged without it", async ([, body], { expect }) => {
    const response = await signIn("", { body });
    expect(response.status).toBe(401);
    expect(response.headers.has("Set-Cookie")).toBe(false);
    expect(response.headers.get("Content-Type")).toBe("application/problem+json");
    expect(logLines()).toEqual([{ event: "refused", reason: "token-wrong", status: 401 }]);
  });

  it("is 429 after some tries of one address, whatever the token, and of no other", async ({
    expect,
  }) => {
    const from = (address: string) => ({
      headers: { "CF-Connecting-IP": address },
      env: { SIGN_IN_RATE: env.TEST_RATE },
    });
    const statuses = [];
    for (let tries = 0; tries < 4; tries++) {
      statuses.push((await signIn("wrong", from("192.0.2.1"))).status);
    }
    expect(statuses).toEqual([401, 401, 401, 429]);
    const response = await signIn(API_TOKEN, from("192.0.2.1"));
    expect(response.status).toBe(429);
    expect(response.headers.get("Retry-After")).toBe("60");
    expect(logLines().at(-1)).toEqual({ event: "refused", reason: "too-many-tries", status: 429 });
    expect((await signIn(API_TOKEN, from("192.0.2.2"))).status).toBe(200);
  });

  it("is bound to a limit by wrangler.toml, and is off without one", async ({ expect }) => {
    expect(env.SIGN_IN_RATE.limit).toBeTypeOf("function");
    const response = await signIn(API_TOKEN, { env: { SIGN_IN_RATE: undefined } });
    expect(response.status).toBe(500);
    expect(logLines()).toMatchObject([{ event: "failed", reason: "misconfigured" }]);
  });

  it("touches no store, however it ends", async ({ expect }) => {
    const env = { DB: undefined, BLOCKLIST: undefined, FRIEND_EVENTS: undefined };
    expect((await signIn(API_TOKEN, { env })).status).toBe(200);
    expect((await signIn("wrong", { env })).status).toBe(401);
    for (const path of ["/v1/stats", "/v1/blocklist", "/console/session"]) {
      expect((await askAs({}, path, { env })).status).toBe(401);
      const Cookie = "__Host-friendgate=e30.e30";
      expect((await askAs({ Cookie }, path, { env })).status).toBe(401);
    }
  });

  it.for(["cross-site", "same-site", "none"])(
    "from a page that is %s is 403",
    async (site, { expect }) => {
      const response = await signIn(API_TOKEN, { headers: { "Sec-Fetch-Site": site } });
      expect(response.status).toBe(403);
      expect(logLines()).toEqual([{ event: "refused", reason: "cross-site", status: 403 }]);
    },
  );
});

describe("what changes something by a session", () => {
  it.for<[string, Record<string, string>, number]>([
    ["from the console's own page", OWN_PAGE, 200],
    ["from an old browser", { "X-Friendgate-Console": "1" }, 200],
    ["without the console's header", { "Sec-Fetch-Site": "same-origin" }, 403],
    ["with another value of it", { ...OWN_PAGE, "X-Friendgate-Console": "0" }, 403],
    ["from another site", { ...OWN_PAGE, "Sec-Fetch-Site": "cross-site" }, 403],
    ["from another name of the site", { ...OWN_PAGE, "Sec-Fetch-Site": "same-site" }, 403],
    ["from the bar of addresses", { ...OWN_PAGE, "Sec-Fetch-Site": "none" }, 403],
  ])("%s", async ([, headers, status], { expect }) => {
    const Cookie = await cookieOf(API_TOKEN);
    const put = (more: Record<string, string>) =>
      askAs({ Cookie, ...more }, "/v1/users/alice/friend-list", {
        method: "PUT",
        body: { readAt: Date.now(), friends: [] },
      });
    expect((await put(headers)).status).toBe(status);
    const out = await askAs({ Cookie, ...headers }, "/console/session", { method: "DELETE" });
    expect(out.status).toBe(status === 200 ? 204 : 403);
  });

  it("is not asked for such a header by a token", async ({ expect }) => {
    const headers = { Authorization: `Bearer ${API_TOKEN}`, "Sec-Fetch-Site": "cross-site" };
    const body = { readAt: Date.now(), friends: [] };
    const path = "/v1/users/alice/friend-list";
    expect((await askAs(headers, path, { method: "PUT", body })).status).toBe(200);
  });
});

describe("a token that is wrong", () => {
  it("is not made good by a session", async ({ expect }) => {
    const Cookie = await cookieOf(API_TOKEN);
    for (const Authorization of ["Bearer wrong", "Basic x", ""]) {
      expect((await askAs({ Cookie, Authorization }, "/v1/stats")).status).toBe(401);
    }
  });
});

describe("a session's cookie", () => {
  const tokens = { admin: "a-token-of-the-admin", moderator: "a-token-of-moderators" };
  const NOW = 1_795_000_000_000;
  const session = { role: "moderator", who: "mia@example.com", expiresAt: NOW + 1 } as const;
  const cookieValue = async (made: Session, token: string): Promise<string> =>
    (await sessionCookie(made, token)).split(";")[0]?.split("=")[1] ?? "";

  it("is what was signed, whoever has signed in", async ({ expect }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("admin", "moderator"),
        fc.string({ unit: "grapheme", maxLength: 100 }),
        async (role, who) => {
          const made = { role, who: who.slice(0, 254), expiresAt: NOW + 1 };
          expect(await readSession(await cookieValue(made, tokens[role]), tokens, NOW)).toEqual(
            made,
          );
        },
      ),
      { numRuns: 30 },
    );
  });

  it("is none where a character of it is another one, is missing, or is too many", async ({
    expect,
  }) => {
    const value = await cookieValue(session, tokens.moderator);
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=,; é";
    const place = fc.nat(value.length - 1);
    const other = fc.constantFrom(...alphabet, "");
    await fc.assert(
      fc.asyncProperty(place, other, fc.boolean(), async (at, character, isMore) => {
        const forged = value.slice(0, at) + character + value.slice(at + (isMore ? 0 : 1));
        fc.pre(forged !== value);
        expect(await readSession(forged, tokens, NOW)).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  it.for<[what: string, made: () => Promise<string>]>([
    ["signed with the other role's token", () => cookieValue(session, tokens.admin)],
    [
      "of the other role",
      async () => {
        const own = await cookieValue(session, tokens.moderator);
        const admin = await cookieValue({ ...session, role: "admin" }, tokens.moderator);
        return `${admin.split(".")[0]}.${own.split(".")[1]}`;
      },
    ],
    [
      "of an admin, signed by a moderator",
      () => cookieValue({ ...session, role: "admin" }, tokens.moderator),
    ],
    ["that has ended", () => cookieValue({ ...session, expiresAt: NOW }, tokens.moderator)],
    ["without an end", () => cookieValue({ ...session, expiresAt: Number.NaN }, tokens.moderator)],
    [
      "of a role that there is not",
      () => cookieValue({ ...session, role: "root" as "admin" }, tokens.admin),
    ],
    [
      "of a role by its name in JavaScript",
      () => cookieValue({ ...session, role: "constructor" as "admin" }, tokens.admin),
    ],
    [
      "of somebody whose name is no text",
      () => cookieValue({ ...session, who: 7 as unknown as string }, tokens.moderator),
    ],
    [
      "without a signature",
      async () => (await cookieValue(session, tokens.moderator)).split(".")[0] ?? "",
    ],
    [
      "with an empty signature",
      async () => `${(await cookieValue(session, tokens.moderator)).split(".")[0]}.`,
    ],
    ["with a part too many", async () => `${await cookieValue(session, tokens.moderator)}.e30`],
    ["that is the token", async () => tokens.admin],
    ["that is empty", async () => ""],
  ])("%s is none", async ([, made], { expect }) => {
    expect(await readSession(await made(), tokens, NOW)).toBeUndefined();
  });

  it("is none where the role has no token", async ({ expect }) => {
    const value = await cookieValue(session, tokens.moderator);
    const admin = { ...tokens, moderator: undefined };
    expect(await readSession(value, admin, NOW)).toBeUndefined();
    expect(await readSession(await cookieValue(session, "undefined"), admin, NOW)).toBeUndefined();
  });
});

describe("/console", () => {
  const files = { "/console/": "<!doctype html>", "/console/app.js": "1", "/openapi.json": "{}" };
  const asked = (path: string, method = "GET", overrides = {}) =>
    askAs({}, path, { method, env: { ASSETS: assetsWith(files), ...overrides } });

  it.for([
    ["/console/", 200],
    ["/console/app.js", 200],
    ["/console/missing.js", 404],
    ["/console/../openapi.json", 401],
    ["/console/%2e%2e/openapi.json", 401],
    ["/console/..%2fopenapi.json", 404],
    ["/console//openapi.json", 404],
    ["/console/.env", 404],
    ["/console/a%00", 404],
  ] as const)(
    "%s is %i for whoever asks, with headers that let nothing else run",
    async ([path, status], { expect }) => {
      // What leads out of it is the path of something else before the Worker sees it.
      if (status === 401) {
        expect(new URL(path, "https://x").pathname).toBe("/openapi.json");
        return;
      }
      const response = await asked(path);
      expect(response.status).toBe(status);
      expect(response.headers.get("Content-Security-Policy")).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
          "connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      );
      expect(response.headers.get("X-Content-Type-Options")).toBe("nosniff");
      expect(response.headers.get("Referrer-Policy")).toBe("no-referrer");
      expect(response.headers.get("Cross-Origin-Opener-Policy")).toBe("same-origin");
      if (status === 200) {
        expect(response.headers.get("Cache-Control")).toBe("no-cache");
        expect(response.headers.get("ETag")).toBe('"1"');
      }
    },
  );

  it("leads to /console/", async ({ expect }) => {
    const response = await asked("/console");
    expect(response.status).toBe(308);
    expect(response.headers.get("Location")).toMatch(/\/console\/$/);
  });

  it("asks what the browser has already", async ({ expect }) => {
    const fetched: unknown[] = [];
    const ASSETS = {
      fetch: async (_: string, { headers }: { headers: Record<string, string> }) => {
        fetched.push(headers);
        return new Response(null, { status: 304 });
      },
    };
    const response = await askAs({ "If-None-Match": '"1"' }, "/console/", { env: { ASSETS } });
    expect(response.status).toBe(304);
    expect(fetched).toEqual([{ "If-None-Match": '"1"' }]);
  });

  it.for(["POST", "PUT", "DELETE"])("takes no %s", async (method, { expect }) => {
    expect((await asked("/console/", method)).status).toBe(404);
  });

  it.for(["/console", "/console/", "/console/app.js", "/console/session"])(
    "%s is there with either token, and without one as little as any other path",
    async (path, { expect }) => {
      const env = { API_TOKEN: undefined, MODERATOR_TOKEN: undefined };
      const nowhere = await askAs({}, "/nowhere", { env });
      const response = await asked(path, "GET", env);
      expect(response.status).toBe(nowhere.status);
      expect(await response.text()).toBe(await nowhere.text());
      for (const token of [{ API_TOKEN }, { MODERATOR_TOKEN }]) {
        const some = await asked(path, "GET", { ...env, ...token });
        expect(some.headers.has("Content-Security-Policy")).toBe(true);
      }
    },
  );

  it("leaves the callbacks their path, wherever it lies", async ({ expect }) => {
    const response = await asked("/console/app.js", "GET", { CALLBACK_PATH: "/console/app.js" });
    expect(response.status).toBe(405);
  });

  it("is there where the limit on tries is not", async ({ expect }) => {
    expect((await asked("/console/", "GET", { SIGN_IN_RATE: undefined })).status).toBe(200);
    expect((await ANY_RATE.limit()).success).toBe(true);
  });
});
