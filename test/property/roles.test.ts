import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, it } from "vitest";
import openapi from "../../assets/openapi.json";
import { pages } from "../../src/console/routes.ts";
import { API_TOKEN } from "../support/api.ts";
import { askAs, assetsWith, everybody, MODERATOR_TOKEN } from "../support/console.ts";
import { logLines } from "../support/log.ts";
import { heldQueue } from "../support/worker.ts";

/** Whatever a parameter of a path may be. */
const VALUES = ["alice", "user%3Aalice", "%3Cscript%3E", "a%252Fb", "%E5%A5%BD", "..%2f..%2fv1"];

/** Every operation of the API, by its document, which a test holds against the routes. */
const OPERATIONS = Object.entries(openapi.paths).flatMap(([path, operations]) =>
  Object.keys(operations).map((method) => [method.toUpperCase(), path] as const),
);
/** What a moderator may change. */
const MODERATORS = [
  "PUT /v1/blocklist/{key}",
  "DELETE /v1/blocklist/{key}",
  "POST /v1/explanations",
];

const WHO = [
  ...["none", "wrong", "moderator", "admin"],
  ...["moderator's cookie", "admin's cookie"],
] as const;

/** Nothing is there to be asked: whoever reaches it gets an error. */
const WITHOUT_STORES = {
  ...{ DB: undefined, BLOCKLIST: undefined, FRIEND_EVENTS: undefined },
  BACKEND_CALLBACKS: undefined,
};

describe("an operation of the API", () => {
  it.for(OPERATIONS)(
    "%s %s is for who may ask for it, and for nobody else",
    async ([method, path], { expect }) => {
      const people = await everybody();
      for (const [who, headers] of Object.entries(people)) {
        const isNobody = who === "none" || who === "wrong";
        const mayAsk =
          who.startsWith("admin") || method === "GET" || MODERATORS.includes(`${method} ${path}`);
        for (const id of path.includes("{") ? VALUES : [""]) {
          const asked = path.replaceAll(/\{\w+\}/g, id);
          const { status } = await askAs(headers, asked, {
            method,
            env: isNobody ? WITHOUT_STORES : { BACKEND_CALLBACKS: heldQueue() },
          });
          const expected = isNobody ? [401] : mayAsk ? [200, 202, 204, 400, 404] : [403];
          expect(expected, `${who} ${asked}`).toContain(status);
        }
      }
      const log = JSON.stringify(logLines());
      for (const secret of [API_TOKEN, MODERATOR_TOKEN, "alice", "script", "__Host"]) {
        expect(log).not.toContain(secret);
      }
    },
  );

  it("that is none is nobody's, and none of a moderator's", async ({ expect }) => {
    const people = await everybody();
    const expected: Record<string, Record<string, number>> = {
      GET: { none: 401, wrong: 401, moderator: 404, admin: 404 },
      POST: { none: 401, wrong: 401, moderator: 403, admin: 404 },
      PUT: { none: 401, wrong: 401, moderator: 403, admin: 404 },
      PATCH: { none: 401, wrong: 401, moderator: 403, admin: 404 },
    };
    for (const path of ["/v1", "/v1/", "/v1/nowhere", "/v1/blocklist/a/b", "/v1/explanations/x"]) {
      for (const [method, byWho] of Object.entries(expected)) {
        for (const [who, status] of Object.entries(byWho)) {
          const response = await askAs(people[who] ?? {}, path, { method });
          expect(`${method} ${path} ${who} ${response.status}`).toBe(
            `${method} ${path} ${who} ${status}`,
          );
        }
      }
    }
  });
});

describe("a path of the console", () => {
  it("has no data for whoever asks without a session", async ({ expect }) => {
    const people = await everybody();
    const paths = ["/console/", "/console/app.js", "/console/session", "/console/nowhere"];
    const known = pages.routes.filter(({ method }) => method !== "ALL").map(({ path }) => path);
    expect([...new Set(known)].toSorted()).toEqual(["/console/*", "/console/session"]);
    const files = { "/console/": "the page", "/console/app.js": "the script" };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...paths),
        fc.constantFrom("GET", "POST", "DELETE", "PUT"),
        fc.constantFrom(...WHO),
        async (path, method, who) => {
          const response = await askAs(people[who] ?? {}, path, {
            method,
            env: { ...WITHOUT_STORES, ASSETS: assetsWith(files) },
          });
          const isSession = path === "/console/session";
          const isFile = path in files;
          if (method === "GET" && isFile) expect(response.status).toBe(200);
          else if (method === "GET" && isSession)
            expect(response.status).toBe(who === "none" || who === "wrong" ? 401 : 200);
          // Nobody has given a token in the body.
          else if (method === "POST" && isSession) expect(response.status).toBe(401);
          else if (method === "DELETE" && isSession)
            expect(response.status).toBe(who.endsWith("cookie") ? 204 : 403);
          else expect(response.status).toBe(404);
          expect(response.headers.has("Content-Security-Policy")).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
    expect(await env.BLOCKLIST.list()).toMatchObject({ keys: [] });
  });
});
