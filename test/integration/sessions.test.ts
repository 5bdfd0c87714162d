import { env } from "cloudflare:workers";
import { describe, it } from "vitest";
import { API_TOKEN, ask } from "../support/api.ts";
import { added, mutual } from "../support/graph.ts";

/** The database by sessions alone: it has no statement outside of one. What each began with. */
function bySessions() {
  const began: unknown[] = [];
  const DB = {
    withSession(from: string) {
      began.push(from);
      return env.DB.withSession(from);
    },
  };
  return { began, DB };
}

const asking = (bookmark?: string) => ({
  Authorization: `Bearer ${API_TOKEN}`,
  ...(bookmark !== undefined && { "X-D1-Bookmark": bookmark }),
});

const LISTS = ["/v1/users/alice/friends", "/v1/users/alice/blacklist"];
const OTHERS = [
  "/v1/users",
  "/v1/users/alice/friends/bob",
  "/v1/users/alice/recommendations",
  "/v1/friend-responses",
  "/v1/friend-requests",
  "/v1/stats",
];
/** Of the one database. */
const D1_BOOKMARK = "00000085-0000024c-00004c6d-8e61117bf38d7adb71b934ebbf891683";
const BOOKMARK = `DB=${D1_BOOKMARK}`;

describe("a read", () => {
  it.for([
    ...OTHERS.flatMap((path) => [
      [path, undefined, "first-unconstrained"] as const,
      [path, "first-primary", "first-primary"] as const,
      [path, BOOKMARK, D1_BOOKMARK] as const,
      // Of a database that is no longer bound.
      [path, `DB_9=${D1_BOOKMARK}`, "first-unconstrained"] as const,
    ]),
    ...LISTS.flatMap((path) =>
      [undefined, "first-unconstrained", BOOKMARK].map(
        (bookmark) => [path, bookmark, "first-primary"] as const,
      ),
    ),
  ])("of %s with the bookmark %s begins with %s", async ([path, bookmark, from], { expect }) => {
    const { began, DB } = bySessions();
    const response = await ask(path, { headers: asking(bookmark), env: { DB } });
    expect(response.status).toBe(200);
    expect(response.headers.get("X-D1-Bookmark")).toMatch(/^DB=[\w-]+$/);
    expect(began).toEqual([from]);
  });

  it.for(LISTS)(
    "of a later page of %s, and of what changed, is the primary's",
    async (path, { expect }) => {
      await added(mutual(["alice", "bob"], ["alice", "carol"]));
      const { began, DB } = bySessions();
      const read = async (query: string) => {
        const response = await ask(`${path}?limit=1${query}`, { env: { DB } });
        return response.json<{ cursor: string | null; since: string }>();
      };
      const { cursor, since } = await read("");
      if (cursor !== null) await read(`&cursor=${cursor}`);
      await read(`&since=${since}`);
      expect(new Set(began)).toEqual(new Set(["first-primary"]));
    },
  );

  it("that answers 410 has a bookmark, too", async ({ expect }) => {
    await env.DB.exec("UPDATE forgotten_changes SET changed_at = 9000000000000");
    for (const path of LISTS) {
      const { since } = await (await ask(path)).json<{ since: string }>();
      const response = await ask(`${path}?since=${since}`);
      expect([response.status, response.headers.has("X-D1-Bookmark")]).toEqual([410, true]);
    }
  });

  it("goes on from the bookmark of an earlier answer", async ({ expect }) => {
    const first = await ask("/v1/users/alice/friends");
    await added(mutual(["alice", "bob"]));
    const headers = asking(first.headers.get("X-D1-Bookmark") ?? "");
    const second = await ask("/v1/users/alice/friends/bob", { headers });
    expect(await second.json()).toMatchObject({ direction: "mutual" });
  });

  it.for(
    [...LISTS, ...OTHERS].flatMap((path) =>
      ["", "a b", "a,b", "%", "a=", "=b", "DB=a,", D1_BOOKMARK, `DB=${"x".repeat(129)}`].map(
        (bookmark) => [path, bookmark] as const,
      ),
    ),
  )(
    "of %s with the bookmark %j is 400, and reads nothing",
    async ([path, bookmark], { expect }) => {
      const { began, DB } = bySessions();
      const response = await ask(path, { headers: asking(bookmark), env: { DB } });
      expect(response.status).toBe(400);
      expect(response.headers.get("Content-Type")).toBe("application/problem+json");
      expect(response.headers.get("Cache-Control")).toBe("no-store");
      expect(await response.json()).toEqual({
        title: "Bad Request",
        status: 400,
        detail:
          "X-D1-Bookmark: must be first-primary, or what an earlier answer has in this header",
      });
      expect(began).toEqual([]);
    },
  );

  it("is not begun for who has no token", async ({ expect }) => {
    const { began, DB } = bySessions();
    const headers = { "X-D1-Bookmark": BOOKMARK };
    expect((await ask("/v1/stats", { headers, env: { DB } })).status).toBe(401);
    expect(began).toEqual([]);
  });
});
