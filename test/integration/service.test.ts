import { createExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { describe, it } from "vitest";
import { FriendsService } from "../../src/api/entrypoint.ts";
import { SINCE_OVERLAP_MS } from "../../src/limits.ts";
import { ask } from "../support/api.ts";
import { passTime } from "../support/database-clock.ts";
import { RECORDS } from "../support/decided.ts";
import { added, blocked, mutual, unblocked } from "../support/graph.ts";
import { envWith } from "../support/worker.ts";

const service = exports.FriendsService;

describe("FriendsService", () => {
  it("answers what /v1 answers", async ({ expect }) => {
    await added(mutual(["alice", "bob"], ["bob", "carol"]));
    for (const { record } of RECORDS) await record(env.DB, { at: 1, count: 3, refused: 2 });
    const json = async (path: string) => (await ask(path)).json<object>();

    expect(await service.friends("alice", { limit: 10 })).toEqual({
      ok: true,
      // Each reading has a time of its own.
      page: { ...(await json("/v1/users/alice/friends?limit=10")), since: expect.any(String) },
    });
    await blocked([["alice", "dora"]]);
    expect(await service.blacklist("alice", { limit: 10 })).toEqual({
      ok: true,
      page: { ...(await json("/v1/users/alice/blacklist?limit=10")), since: expect.any(String) },
    });
    expect(await service.friendship("alice", "bob")).toEqual(
      await json("/v1/users/alice/friends/bob"),
    );
    expect(await service.recommendations("alice")).toEqual(
      await json("/v1/users/alice/recommendations"),
    );
    expect(await service.friendResponses({ blocked: true })).toEqual(
      await json("/v1/friend-responses?blocked=true"),
    );
    expect(await service.friendRequests({ blocked: true, limit: 1 })).toEqual(
      await json("/v1/friend-requests?blocked=true&limit=1"),
    );
    expect((await service.friendRequests({ blocked: true })).requests).toHaveLength(2);
    expect((await service.friendRequests({ after: 2 })).requests).toEqual([]);
    expect(await service.stats()).toEqual(await json("/v1/stats"));
  });

  it("goes on with a cursor, and syncs with since", async ({ expect }) => {
    await added([
      ["alice", "bob"],
      ["alice", "carol"],
    ]);
    await passTime(SINCE_OVERLAP_MS + 1);
    const first = await service.friends("alice", { limit: 1 });
    if (!first.ok || first.page.cursor === null) throw new Error("no second page");
    const second = await service.friends("alice", { limit: 1, cursor: first.page.cursor });
    expect(second).toMatchObject({ page: { friends: [{ friendId: "carol" }] } });
    await added([["alice", "dora"]]);
    expect(await service.friends("alice", { since: first.page.since })).toMatchObject({
      page: { friends: [{ friendId: "dora" }], cursor: null },
    });
  });

  it("syncs the blacklist with since", async ({ expect }) => {
    await blocked([["alice", "bob"]]);
    const first = await service.blacklist("alice");
    if (!first.ok) throw new Error(first.reason);
    await unblocked([["alice", "bob"]]);
    await blocked([["alice", "carol"]], 3_000);
    expect(await service.blacklist("alice", { since: first.page.since })).toEqual({
      ok: true,
      page: {
        blacklist: [{ blockedId: "carol", addedAt: 3_000 }],
        deleted: [{ blockedId: "bob", deletedAt: 2_000 }],
        cursor: null,
        since: expect.any(String),
      },
    });
  });

  it.for([
    [{ limit: 0 }, "limit"],
    [{ limit: 1_001 }, "limit"],
    [{ cursor: "nonsense" }, "cursor"],
    [{ since: "nonsense" }, "since"],
    // Our types would not let us.
    [{ limits: 1 } as { limit?: number }, "limits"],
  ] as const)("throws for %j", async ([query, name], { expect }) => {
    await expect(async () => service.friends("alice", query)).rejects.toThrow(`${name}: `);
    await expect(async () => service.blacklist("alice", query)).rejects.toThrow(`${name}: `);
  });

  it("takes a parameter that is undefined for one that is left out", async ({ expect }) => {
    await added(mutual(["alice", "bob"], ["bob", "carol"]));
    // JavaScript hands these over; our types would not let us.
    const none = JSON.parse("{}");
    const query = { limit: none.limit, cursor: none.cursor, since: none.since };
    expect(await service.friends("alice", query)).toMatchObject({
      ok: true,
      page: { friends: [{ friendId: "bob" }] },
    });
    expect(await service.recommendations("alice", { limit: none.limit })).toEqual(
      await service.recommendations("alice"),
    );
    const { limit, after, blocked } = none;
    expect(await service.friendResponses({ limit, after, blocked })).toEqual(
      await service.friendResponses(),
    );
    expect(await service.friendRequests({ limit, after, blocked })).toEqual(
      await service.friendRequests(),
    );
  });

  it.for([
    ["applicant", []],
    ["responder,pair", ["carol"]],
    [undefined, ["carol"]],
  ] as const)(
    "recommends whom the blocklist refuses by other kinds than BLOCKLIST_KINDS = %s: %j",
    async ([BLOCKLIST_KINDS, userIds], { expect }) => {
      await added(mutual(["alice", "bob"], ["bob", "carol"]));
      await env.BLOCKLIST.put("applicant:carol", "no");
      const configured = new FriendsService(createExecutionContext(), envWith({ BLOCKLIST_KINDS }));
      const { recommendations } = await configured.recommendations("alice");
      expect(recommendations.map(({ userId }) => userId)).toEqual(userIds);
    },
  );

  it("reads the blocklist for recommendations", async ({ expect }) => {
    await added(mutual(["alice", "bob"], ["bob", "carol"]));
    await env.BLOCKLIST.put("user:carol", "no");
    expect(await service.recommendations("alice")).toEqual({
      recommendations: [],
      truncated: false,
    });
  });
});
