import { env } from "cloudflare:workers";
import { describe, it } from "vitest";
import openapi from "../../assets/openapi.json";
import {
  blacklistPage,
  erasure,
  friendship,
  friendsPage,
  recommendations,
  requestsPage,
  responsesPage,
  stats,
} from "../../src/api/answers.ts";
import { api } from "../../src/api/routes.ts";
import { encodeToken } from "../../src/api/tokens.ts";
import { sweepErasures } from "../../src/db/erasures.ts";
import { removeTombstones } from "../../src/db/pairs/tombstones.ts";
import { toOrderKey } from "../../src/events/order-key.ts";
import { API_TOKEN, apiClient, ask } from "../support/api.ts";
import { RECORDS } from "../support/decided.ts";
import { brokenDatabase } from "../support/faults.ts";
import { added, blocked, deleted, mutual, unblocked } from "../support/graph.ts";
import { apply, LISTS } from "../support/lists.ts";
import { logLines } from "../support/log.ts";
import { slices } from "../support/sweep.ts";

const NOW = Date.now();

const PATHS: [method: string, path: string][] = [
  ["GET", "/v1/openapi.json"],
  ["GET", "/v1/users"],
  ["PUT", "/v1/users/alice/friend-list"],
  ["PUT", "/v1/friend-lists"],
  ["POST", "/v1/reconciliations"],
  ["GET", "/v1/users/alice/friends"],
  ["GET", "/v1/users/alice/friends/bob"],
  ["GET", "/v1/users/alice/blacklist"],
  ["GET", "/v1/users/alice/recommendations"],
  ["POST", "/v1/users/alice/recommendations/bob/dismiss"],
  ["DELETE", "/v1/users/alice"],
  ["GET", "/v1/friend-responses"],
  ["GET", "/v1/friend-requests"],
  ["POST", "/v1/dead-letters/redrive"],
  ["GET", "/v1/stats"],
];
const BODIES: Record<string, object> = {
  redrive: { ids: ["none"] },
  "friend-list": { readAt: NOW, friends: [] },
  "friend-lists": { lists: [] },
  reconciliations: {
    ...{ startedAt: NOW, finishedAt: NOW, dryRun: true, users: 0, checked: 0 },
    ...{ missing: 0, extra: 0, repaired: 0, skipped: 0, failed: 0 },
  },
};
const bodyFor = (path: string) => BODIES[path.split("/").at(-1) ?? ""];

async function problemOf(response: Response) {
  return {
    status: response.status,
    type: response.headers.get("Content-Type"),
    cache: response.headers.get("Cache-Control"),
    body: (await response.json()) as { title: string; status: number; detail: string },
  };
}

describe("without the token", () => {
  it.for(PATHS)("%s %s is 401, whatever else is wrong", async ([method, path], { expect }) => {
    for (const headers of [
      {},
      { Authorization: `Bearer ${API_TOKEN}x` },
      { Authorization: `Basic ${API_TOKEN}` },
    ]) {
      const response = await ask(`${path}?limit=nonsense`, { method, headers });
      expect(response.headers.get("WWW-Authenticate")).toBe("Bearer");
      expect(await problemOf(response)).toMatchObject({
        status: 401,
        type: "application/problem+json",
        cache: "no-store",
        body: { title: "Unauthorized", status: 401 },
      });
    }
  });

  it.for(PATHS)(
    "%s %s is like no path where no token is configured",
    async ([method, path], { expect }) => {
      const off = { API_TOKEN: undefined };
      const response = await ask(path, { method, env: off });
      const nowhere = await ask("/nowhere", { method, env: off });
      expect(response.status).toBe(404);
      expect(await response.text()).toBe(await nowhere.text());
    },
  );

  it("a request is logged, without the token that it had", async ({ expect }) => {
    await ask("/v1/stats", { headers: { Authorization: "Bearer another" } });
    expect(logLines()).toEqual([{ event: "refused", reason: "token-wrong", status: 401 }]);
  });

  it("the callbacks keep their path, wherever it lies", async ({ expect }) => {
    const response = await ask("/v1/stats", { env: { CALLBACK_PATH: "/v1/stats" } });
    expect(response.status).toBe(405);
  });
});

describe("every answer", () => {
  it.for(PATHS)("to %s %s says that it is for no cache", async ([method, path], { expect }) => {
    const response = await ask(path, { method, body: bodyFor(path) });
    expect(response.status).toBeLessThan(300);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
  });

  it("is what its schema says", async ({ expect }) => {
    await added(mutual(["alice", "bob"], ["bob", "carol"]));
    await deleted([["alice", "dora"]]);
    const client = apiClient();
    const user = client.v1.users[":userId"];
    const param = { userId: "alice" };
    for (const { record } of RECORDS) await record(env.DB, { at: NOW, count: 2, refused: 1 });
    await blocked([
      ["alice", "erin"],
      ["bob", "alice"],
    ]);
    await unblocked([["alice", "frank"]]);
    const [page, blacklist, one, best, responses, requests, figures, erased] = [
      await (await user.friends.$get({ param, query: {} })).json(),
      await (await user.blacklist.$get({ param, query: {} })).json(),
      await (await user.friends[":friendId"].$get({ param: { ...param, friendId: "bob" } })).json(),
      await (await user.recommendations.$get({ param, query: {} })).json(),
      await (await client.v1["friend-responses"].$get({ query: {} })).json(),
      await (await client.v1["friend-requests"].$get({ query: {} })).json(),
      await (await client.v1.stats.$get()).json(),
      await (await user.$delete({ param })).json(),
    ];
    expect(friendsPage.parse(page)).toEqual(page);
    expect(blacklistPage.parse(blacklist)).toEqual(blacklist);
    expect(friendship.parse(one)).toEqual(one);
    expect(recommendations.parse(best)).toEqual(best);
    expect(responsesPage.parse(responses)).toEqual(responses);
    expect(requestsPage.parse(requests)).toEqual(requests);
    expect(responses).toMatchObject({ responses: [{ code: 38_000 }, { code: 0 }] });
    expect(requests).toMatchObject({ requests: [{ code: 38_000 }, { code: 0 }] });
    expect(stats.parse(figures)).toEqual(figures);
    expect(erasure.parse(erased)).toEqual({ friendships: 2 });
    expect(one).toMatchObject({ direction: "mutual", blockedAt: null, blockedBackAt: 1_000 });
    expect(blacklist).toMatchObject({
      blacklist: [{ blockedId: "erin", addedAt: 1_000 }],
      deleted: [],
      cursor: null,
    });
    expect(best).toEqual({
      recommendations: [{ userId: "carol", mutualFriends: 1 }],
      truncated: false,
    });
  });
});

describe("a wrong request", () => {
  const limits = ["0", "-1", "1.5", "1001", "ten", "", "1e2", "99999999999"];
  it.for([
    ...limits.map((limit) => [`/v1/users/alice/friends?limit=${limit}`, "limit"]),
    ...limits.map((limit) => [`/v1/users/alice/blacklist?limit=${limit}`, "limit"]),
    ...limits.map((limit) => [`/v1/friend-responses?limit=${limit}`, "limit"]),
    ...limits.map((limit) => [`/v1/friend-requests?limit=${limit}`, "limit"]),
    ["/v1/users/alice/recommendations?limit=101", "limit"],
    ["/v1/users/alice/friends?limit=1&limit=2", "limit"],
    ["/v1/users/alice/friends?cursor=nonsense", "cursor"],
    ["/v1/users/alice/friends?cursor=%00", "cursor"],
    [`/v1/users/alice/friends?cursor=${encodeToken(["since", 1])}`, "cursor"],
    [`/v1/users/alice/friends?cursor=${encodeToken(["list", -1, "bob"])}`, "cursor"],
    [`/v1/users/alice/friends?since=${encodeToken(["list", 1, "bob"])}`, "since"],
    [`/v1/users/alice/friends?since=${encodeToken(["since", 1.5])}`, "since"],
    ["/v1/users/alice/friends?since=12", "since"],
    ["/v1/users/alice/blacklist?cursor=nonsense", "cursor"],
    ["/v1/users/alice/blacklist?since=12", "since"],
    ["/v1/users/alice/blacklist?limits=1", "limits: unknown; known are limit, cursor, since"],
    ["/v1/friend-responses?after=nonsense", "after"],
    [`/v1/friend-responses?after=${encodeToken(["since", 1])}`, "after"],
    ["/v1/friend-responses?blocked=yes", "blocked"],
    ["/v1/friend-requests?blocked=yes", "blocked"],
    ["/v1/friend-requests?after=nonsense", "after"],
    ["/v1/friend-requests?since=1", "since: unknown; known are limit, after, blocked"],
    ["/v1/users/alice/friends?limits=1", "limits: unknown; known are limit, cursor, since"],
    ["/v1/users/alice/friends?limit=1&b=2&c=3", "b, c: unknown; known are limit, cursor, since"],
    ["/v1/users/alice/friends/bob?limit=1", "limit: unknown; known are none"],
    ["/v1/users/alice/recommendations?Limit=1", "Limit: unknown; known are limit"],
    ["/v1/friend-responses?block=true", "block: unknown; known are limit, after, blocked"],
    ["/v1/stats?since=1", "since: unknown; known are none"],
    ["/v1/openapi.json?v=3", "v: unknown; known are none"],
    [`/v1/users/${"x".repeat(129)}/friends`, "userId"],
    [`/v1/users/${"x".repeat(129)}/blacklist`, "userId"],
    [`/v1/users/alice/friends/${"x".repeat(129)}`, "friendId"],
  ] as [string, string][])("%s is 400 and names %s", async ([path, name], { expect }) => {
    const { body, ...answer } = await problemOf(await ask(path));
    expect(answer).toEqual({ status: 400, type: "application/problem+json", cache: "no-store" });
    expect(body).toMatchObject({ title: "Bad Request", status: 400 });
    expect(body.detail).toMatch(new RegExp(name.includes(":") ? `^${name}$` : `^${name}: .`));
    expect(body.detail).not.toMatch(/nonsense|ten|yes/);
  });

  it.for([
    ["/v1/friend-responses?after", [1, "\xff", 0], "after"],
    ["/v1/friend-requests?after", [1, "\xff", 0], "after"],
    ["/v1/users/alice/friends?cursor", ["list", 1, "\xff"], "cursor"],
  ] as const)("%s with a token that is not UTF-8 is 400", async ([path, key, name], { expect }) => {
    // One byte a character: what a token of ours would have as two bytes.
    const token = btoa(JSON.stringify(key)).replaceAll("+", "-").replaceAll("/", "_");
    const response = await ask(`${path}=${token.replaceAll("=", "")}`);
    expect(response.status).toBe(400);
    expect((await problemOf(response)).body.detail).toMatch(new RegExp(`^${name}: `));
  });

  it.for([
    ["GET", "/v1"],
    ["GET", "/v1/nowhere"],
    ["GET", "/v1/users/alice"],
    ["POST", "/v1/stats"],
    ["PUT", "/v1/users/alice/friends/bob"],
    ["GET", "/v1/users/alice/recommendations/bob/dismiss"],
  ] as [string, string][])("%s %s is 404", async ([method, path], { expect }) => {
    expect(await problemOf(await ask(path, { method }))).toMatchObject({
      status: 404,
      type: "application/problem+json",
      cache: "no-store",
      body: { title: "Not Found", status: 404 },
    });
  });

  it.for(LISTS)(
    "with a `since` of $kind from before a forgotten deletion is 410",
    async (list, { expect }) => {
      await apply(list, [list.added([["alice", "bob"]], toOrderKey(1_000))]);
      const path = `/v1/users/alice/${list.kind}`;
      const { since } = await (await ask(path)).json<{ since: string }>();
      await apply(list, [list.deleted([["alice", "bob"]], toOrderKey(2_000))]);
      const beforeMs = Number.MAX_SAFE_INTEGER;
      await removeTombstones(env.DB, list.table, { beforeMs, sliceRows: 10, draw: slices(1) });
      expect(await problemOf(await ask(`${path}?since=${since}`))).toMatchObject({
        status: 410,
        type: "application/problem+json",
        body: { title: "Gone", status: 410 },
      });
    },
  );

  it("that finds the database away is 500, and a line in the log", async ({ expect }) => {
    const response = await ask("/v1/users/alice/friends/bob", {
      env: { DB: brokenDatabase("Network connection lost.") },
    });
    expect(await problemOf(response)).toMatchObject({
      status: 500,
      type: "application/problem+json",
      cache: "no-store",
      body: { status: 500 },
    });
    expect(logLines()).toEqual([{ event: "failed", reason: "api-crashed", error: "Error" }]);
  });
});

describe("a user", () => {
  it.for([
    "with space",
    "a/b",
    "a:b",
    "100%",
    "ä",
    "好友",
    "🙂",
    '"',
    "a?b#c",
    "@TLS#NOT_FOUND",
    "a.b",
  ])("named %s is found", async (userId, { expect }) => {
    await added(mutual([userId, "bob"]));
    const user = apiClient().v1.users[":userId"];
    const param = { userId: encodeURIComponent(userId) };
    const page = await (await user.friends.$get({ param, query: {} })).json();
    expect(page).toMatchObject({ friends: [{ friendId: "bob" }] });
    await blocked([[userId, "carol"]]);
    expect(await (await user.blacklist.$get({ param, query: {} })).json()).toMatchObject({
      blacklist: [{ blockedId: "carol" }],
    });
    const path = `/v1/users/bob/friends/${encodeURIComponent(userId)}`;
    expect(await (await ask(path)).json()).toMatchObject({ friendId: userId, direction: "mutual" });
  });

  it("who is erased has no friends, and is in no list that was mirrored", async ({ expect }) => {
    await added(mutual(["alice", "bob"], ["bob", "carol"]));
    for (const friendships of [2, 0]) {
      const response = await ask("/v1/users/alice", { method: "DELETE" });
      expect(response.status).toBe(202);
      expect(await response.json()).toEqual({ friendships });
    }
    expect(await (await ask("/v1/users/alice/friends")).json()).toMatchObject({ friends: [] });
    expect(await (await ask("/v1/users/bob/friends")).json()).toMatchObject({
      friends: [{ friendId: "carol" }],
    });
  });

  it("who is erased has no blacklist, and is in none that was mirrored", async ({ expect }) => {
    await blocked([...mutual(["alice", "bob"]), ["bob", "carol"]]);
    await ask("/v1/users/alice", { method: "DELETE" });
    expect(await (await ask("/v1/users/alice/blacklist")).json()).toMatchObject({ blacklist: [] });
    expect(await (await ask("/v1/users/bob/blacklist")).json()).toMatchObject({
      blacklist: [{ blockedId: "carol" }],
    });
  });

  it("is recommended nobody who is in the blacklist of one of the two", async ({ expect }) => {
    await added(mutual(["alice", "bob"], ["bob", "carol"], ["bob", "dora"], ["bob", "erin"]));
    await blocked([
      ["alice", "carol"],
      ["dora", "alice"],
    ]);
    expect(await (await ask("/v1/users/alice/recommendations")).json()).toEqual({
      recommendations: [{ userId: "erin", mutualFriends: 1 }],
      truncated: false,
    });
  });

  it("sees no more of whom they dismissed", async ({ expect }) => {
    await added(mutual(["alice", "bob"], ["bob", "carol"], ["bob", "dora"]));
    const path = "/v1/users/alice/recommendations";
    for (let times = 0; times < 2; times++) {
      expect((await ask(`${path}/carol/dismiss`, { method: "POST" })).status).toBe(204);
    }
    expect(await (await ask(path)).json()).toEqual({
      recommendations: [{ userId: "dora", mutualFriends: 1 }],
      truncated: false,
    });
  });

  it.for([
    ["DELETE", "/v1/users/alice?dryRun=true", "dryRun"],
    ["POST", "/v1/users/alice/recommendations/carol/dismiss?undo=1", "undo"],
  ] as const)(
    "%s %s changes nothing: it has no such parameter",
    async ([method, path, name], { expect }) => {
      await added(mutual(["alice", "bob"], ["bob", "carol"]));
      const { body } = await problemOf(await ask(path, { method }));
      expect(body).toMatchObject({ status: 400, detail: `${name}: unknown; known are none` });
      const [list, best] = await Promise.all(
        ["friends", "recommendations"].map(async (what) =>
          (await ask(`/v1/users/alice/${what}`)).json(),
        ),
      );
      expect(list).toMatchObject({ friends: [{ friendId: "bob" }] });
      expect(best).toMatchObject({ recommendations: [{ userId: "carol" }] });
    },
  );

  it("who is erased is so up to now", async ({ expect }) => {
    // A friend of nobody's in return, whom the sweep finds.
    await added([["bob", "alice"]], Date.now());
    await ask("/v1/users/alice", { method: "DELETE" });
    expect(await sweepErasures(env.DB, { sliceRows: 10, draw: slices(10) })).toBe(1);
  });

  it.for([
    ["applicant", []],
    ["responder,pair", ["carol"]],
    [undefined, ["carol"]],
  ] as const)(
    "is recommended whom the blocklist refuses by other kinds than BLOCKLIST_KINDS = %s: %j",
    async ([BLOCKLIST_KINDS, userIds], { expect }) => {
      await added(mutual(["alice", "bob"], ["bob", "carol"]));
      await env.BLOCKLIST.put("applicant:carol", "no");
      const response = await ask("/v1/users/alice/recommendations", { env: { BLOCKLIST_KINDS } });
      const { recommendations: best } = recommendations.parse(await response.json());
      expect(best.map(({ userId }) => userId)).toEqual(userIds);
    },
  );
});

describe("a page", () => {
  const ids = Array.from({ length: 101 }, (_, index) => `friend${index}`);

  it("has 100 friends unless more or fewer are asked for", async ({ expect }) => {
    await added(ids.map((id) => ["alice", id] as const));
    const page = friendsPage.parse(await (await ask("/v1/users/alice/friends")).json());
    expect(page.friends).toHaveLength(100);
    expect(page.cursor).not.toBeNull();
  });

  it.for(RECORDS)(
    "has 100 friend $what unless more or fewer are asked for",
    async ({ what, record }, { expect }) => {
      await record(env.DB, { at: 1, count: 101 });
      const page = await (await ask(`/v1/friend-${what}`)).json<Record<string, unknown[]>>();
      expect(page[what]).toHaveLength(100);
      const two = await (await ask(`/v1/friend-${what}?limit=2`)).json<Record<string, unknown[]>>();
      expect(two[what]).toHaveLength(2);
    },
  );

  it("has 100 blocked users unless more or fewer are asked for", async ({ expect }) => {
    await blocked(ids.map((id) => ["alice", id] as const));
    const page = blacklistPage.parse(await (await ask("/v1/users/alice/blacklist")).json());
    expect(page.blacklist).toHaveLength(100);
    expect(page.cursor).not.toBeNull();
  });
});

describe("the OpenAPI document", () => {
  it("has every route, and no other", async ({ expect }) => {
    const described = Object.entries(openapi.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const routes = api.routes
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
    expect(described.sort()).toEqual([...new Set(routes)].sort());
  });

  it("is served", async ({ expect }) => {
    const document = await (await ask("/v1/openapi.json")).json();
    expect(document).toEqual(openapi);
    expect(document).toMatchObject({ openapi: "3.1.0" });
  });
});
