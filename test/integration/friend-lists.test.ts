import { env, exports } from "cloudflare:workers";
import { describe, it } from "vitest";
import { reconciled, stats, usersPage } from "../../src/api/answers.ts";
import { API_TOKEN, apiClient, ask, fetchApi, ORIGIN } from "../support/api.ts";
import { countedDb } from "../support/counted.ts";
import { added, deleted } from "../support/graph.ts";
import { logLines } from "../support/log.ts";
import { storedFriends } from "../support/worker.ts";

const ALICE = "/v1/users/alice/friend-list";
const LISTS = "/v1/friend-lists";

const listOf = (...friends: string[]) => ({
  readAt: Date.now() - 1_000,
  friends: friends.map((friendId) => ({ friendId })),
});
const many = (count: number) => Array.from({ length: count }, (_, index) => `f${index}`);
const put = (path: string, body: unknown, rest: object = {}) =>
  ask(path, { method: "PUT", body, ...rest });
const putJson = async (path: string, body: unknown, rest: object = {}) =>
  reconciled.parse(await (await put(path, body, rest)).json());
const friendsNow = async () =>
  (await storedFriends())
    .filter(({ deleted_at }) => deleted_at === null)
    .map(({ user_id, friend_id }) => `${user_id} ${friend_id}`);

describe("a user's list", () => {
  it("is the user's friends afterwards, and the answer says what was not", async ({ expect }) => {
    await added([
      ["alice", "both"],
      ["alice", "extra"],
      ["bob", "alice"],
    ]);
    expect(await putJson(ALICE, listOf("both", "missing", "missing"))).toEqual({
      ...{ users: 1, friends: 2, missing: 1, extra: 1, repaired: 2, unchanged: 1 },
    });
    expect(await friendsNow()).toEqual(["alice both", "alice missing", "bob alice"]);
    expect(await putJson(ALICE, listOf("both", "missing"))).toEqual({
      ...{ users: 1, friends: 2, missing: 0, extra: 0, repaired: 0, unchanged: 2 },
    });
  });

  it("may be empty", async ({ expect }) => {
    await added([["alice", "bob"]]);
    expect(await putJson(ALICE, listOf())).toMatchObject({ friends: 0, extra: 1, repaired: 1 });
    expect(await friendsNow()).toEqual([]);
  });

  it("tells since when and by what they are friends", async ({ expect }) => {
    const addedAt = 1_700_000_000_000;
    const { readAt } = listOf();
    const friends = [
      { friendId: "told", addedAt, source: "AddSource_Type_Web" },
      { friendId: "untold", Remark: "of another version" },
    ];
    await put(ALICE, { readAt, friends });
    const page = await (await ask("/v1/users/alice/friends")).json();
    expect(page).toMatchObject({
      friends: [
        { friendId: "told", addedAt, source: "AddSource_Type_Web", initiatorId: null },
        { friendId: "untold", addedAt: readAt, source: "reconcile" },
      ],
    });
  });

  it("does not undo what happened since it was read", async ({ expect }) => {
    const list = listOf("deleted");
    await added([["alice", "added"]], list.readAt + 1);
    await deleted([["alice", "deleted"]], list.readAt + 1);
    expect(await putJson(ALICE, list)).toMatchObject({ missing: 0, extra: 0, repaired: 0 });
    expect(await friendsNow()).toEqual(["alice added"]);
  });

  it("of 10,000 friends is taken, and costs two statements", async ({ expect }) => {
    const { binding, count } = countedDb(env.DB);
    const list = listOf(...many(10_000));
    expect(await putJson(ALICE, list, { env: { DB: binding } })).toMatchObject({
      ...{ friends: 10_000, missing: 10_000, repaired: 10_000 },
    });
    expect(count).toMatchObject({ statements: 2, rowsWritten: 10_000 });
    const again = countedDb(env.DB);
    await put(ALICE, list, { env: { DB: again.binding } });
    expect(again.count).toMatchObject({ statements: 1, rowsWritten: 0 });
    expect(again.count.rowsRead).toBeLessThanOrEqual(10_000 + 2);
  });

  it("is for the user whom the path names, however the name is spelled", async ({ expect }) => {
    await put(`/v1/users/${encodeURIComponent("a/b 好")}/friend-list`, listOf("bob"));
    expect(await friendsNow()).toEqual(["a/b 好 bob"]);
  });
});

describe("many users' lists", () => {
  it("are compared in one request", async ({ expect }) => {
    await added([
      ["alice", "extra"],
      ["bob", "both"],
      ["carol", "nobody asks"],
    ]);
    const lists = [
      { userId: "alice", ...listOf("missing") },
      { userId: "bob", ...listOf("both") },
    ];
    expect(await putJson(`${LISTS}?report=pairs`, { lists })).toEqual({
      ...{ users: 2, friends: 2, missing: 1, extra: 1, repaired: 2, unchanged: 1 },
      pairs: {
        missing: [{ userId: "alice", friendId: "missing" }],
        extra: [{ userId: "alice", friendId: "extra" }],
      },
    });
    expect(await friendsNow()).toEqual(["alice missing", "bob both", "carol nobody asks"]);
  });

  it("that are 200, of 10,000 friends, are read in one statement", async ({ expect }) => {
    const lists = many(200).map((userId) => ({ userId, ...listOf(...many(50)) }));
    expect(await putJson(LISTS, { lists })).toMatchObject({ users: 200, repaired: 10_000 });
    const { binding, count } = countedDb(env.DB);
    expect(await putJson(LISTS, { lists }, { env: { DB: binding } })).toMatchObject({
      ...{ unchanged: 10_000, repaired: 0 },
    });
    expect(count).toMatchObject({ statements: 1, rowsWritten: 0 });
    expect(count.rowsRead).toBeLessThanOrEqual(10_000 + 3 * 200);
  });

  it("are refused together where the table has too much of these users", async ({ expect }) => {
    await env.DB.prepare(
      `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT 50001)
INSERT INTO friends (user_id, friend_id, order_key, added_at, forced, changed_at)
SELECT 'alice', 'f' || i, 1, 1, 0, 1 FROM n`,
    ).run();
    const response = await put(LISTS, { lists: [{ userId: "alice", ...listOf() }] });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      detail: "The table has too many rows of these users: send fewer lists.",
    });
    expect(logLines()).toEqual([]);
  });
});

describe("a dry run", () => {
  it.for([
    [ALICE, listOf("missing")],
    [LISTS, { lists: [{ userId: "alice", ...listOf("missing") }] }],
  ] as const)("of %s says what differs, and writes nothing", async ([path, body], { expect }) => {
    await added([["alice", "extra"]]);
    const { binding, count } = countedDb(env.DB);
    const query = "?dryRun=true&report=pairs";
    expect(await putJson(`${path}${query}`, body, { env: { DB: binding } })).toEqual({
      ...{ users: 1, friends: 1, missing: 1, extra: 1, repaired: 0, unchanged: 0 },
      pairs: {
        missing: [{ userId: "alice", friendId: "missing" }],
        extra: [{ userId: "alice", friendId: "extra" }],
      },
    });
    expect(count).toMatchObject({ statements: 1, rowsWritten: 0 });
    expect(await friendsNow()).toEqual(["alice extra"]);
  });
});

describe("what is logged of lists", () => {
  it("is how many, and never who", async ({ expect }) => {
    await added([["xq7z-user", "xq7z-extra"]]);
    await put("/v1/users/xq7z-user/friend-list?report=pairs", listOf("xq7z-missing"));
    await put("/v1/users/xq7z-user/friend-list?dryRun=true", listOf());
    const counts = { event: "reconciled", users: 1, unchanged: 0 };
    expect(logLines()).toEqual([
      { ...counts, friends: 1, missing: 1, extra: 1, repaired: 2, dryRun: false },
      { ...counts, friends: 0, missing: 0, extra: 1, repaired: 0, dryRun: true },
    ]);
  });
});

describe("a list that is refused", () => {
  const clock = "must be of the last hour: look at this machine's clock";
  const ms = "must be milliseconds since the epoch";
  const noId = "is no UserID that can be stored";
  const secret = "xq7z-nobody";
  const friendOf = (friend: object) => ({ ...listOf(), friends: [{ friendId: "f" }, friend] });

  it.for([
    ["from the future", { ...listOf(), readAt: Date.now() + 3_600_000 }, `readAt: ${clock}`],
    ["older than an hour", { ...listOf(), readAt: Date.now() - 3_601_000 }, `readAt: ${clock}`],
    ["of a time in seconds", { ...listOf(), readAt: 1_700_000_000 }, `readAt: ${ms}`],
    ["of a time as text", { ...listOf(), readAt: String(Date.now()) }, `readAt: ${ms}`],
    ["without a time", { friends: [] }, `readAt: ${ms}`],
    ["without friends", { readAt: listOf().readAt }, "friends: must be a list"],
    ["of one friend", { ...listOf(), friends: "xq7z-nobody" }, "friends: must be a list"],
    ["with a friend without a name", friendOf({}), `friends.1.friendId: ${noId}`],
    ["with an empty name", friendOf({ friendId: "" }), `friends.1.friendId: ${noId}`],
    ["with a long name", friendOf({ friendId: secret.repeat(12) }), `friends.1.friendId: ${noId}`],
    ["with half a character", friendOf({ friendId: "\ud800" }), `friends.1.friendId: ${noId}`],
    ["with a number for a name", friendOf({ friendId: 5 }), `friends.1.friendId: ${noId}`],
    ["with seconds", friendOf({ friendId: secret, addedAt: 1e9 }), `friends.1.addedAt: ${ms}`],
    [
      "with a source of two words",
      friendOf({ friendId: secret, source: "a b" }),
      "friends.1.source",
    ],
    ["with an empty source", friendOf({ friendId: secret, source: "" }), "friends.1.source"],
    ["with 10,001 friends", listOf(...many(10_001)), "friends: has more than 10000 friends"],
  ] as [string, object, string][])("is one %s", async ([, body, detail], { expect }) => {
    await added([["alice", "bob"]]);
    const single = await put(ALICE, body);
    expect(single.status).toBe(400);
    const told = (await single.json<{ detail: string }>()).detail;
    expect(told.startsWith(detail), told).toBe(true);
    const lists = [
      { userId: "bob", ...listOf() },
      { userId: "alice", ...body },
    ];
    const several = await (await put(LISTS, { lists })).json<{ detail: string }>();
    expect(several.detail.startsWith(`lists.1.${detail}`), several.detail).toBe(true);
    expect(told + several.detail).not.toMatch(/xq7z/);
    expect(await friendsNow()).toEqual(["alice bob"]);
    expect(logLines()).toEqual([]);
  });

  const lists = "lists: must be at most 200 lists of different users, with 10000 friends in all";
  it.for([
    ["no lists", {}, lists],
    ["a list that is none", { lists: { userId: "alice" } }, lists],
    ["201 lists", { lists: many(201).map((userId) => ({ userId, ...listOf() })) }, lists],
    ["a user twice", { lists: ["a", "b", "a"].map((userId) => ({ userId, ...listOf() })) }, lists],
    [
      "10,001 friends together",
      { lists: [5_000, 5_001].map((n) => ({ userId: `u${n}`, ...listOf(...many(n)) })) },
      lists,
    ],
    ["nobody's list", { lists: [{ userId: "", ...listOf() }] }, `lists.0.userId: ${noId}`],
  ] as [string, object, string][])("is one with %s", async ([, body, detail], { expect }) => {
    const response = await put(LISTS, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ detail });
  });

  it.for([
    [ALICE, "dryRun=1", "dryRun: must be true or false"],
    [LISTS, "report=all", "report: must be pairs"],
    [ALICE, "dryrun=true", "dryrun: unknown; known are dryRun, report"],
    [`/v1/users/${"x".repeat(129)}/friend-list`, "", `userId: ${noId}`],
  ] as const)("is one for %s?%s", async ([path, query, detail], { expect }) => {
    const body = path === LISTS ? { lists: [] } : listOf("bob");
    const response = await put(`${path}?${query}`, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ detail });
    expect(await friendsNow()).toEqual([]);
  });

  it("is one that is wrong in many places, of which some are told", async ({ expect }) => {
    const friends = many(10_000).map((friendId) => ({ friendId, addedAt: 1 }));
    const response = await put(ALICE, { ...listOf(), friends });
    const { detail } = await response.json<{ detail: string }>();
    expect(detail).toBe(
      many(5)
        .map((_, at) => `friends.${at}.addedAt: ${ms}`)
        .join("; "),
    );
  });

  it("is one that is no JSON", async ({ expect }) => {
    const response = await fetchApi()(`${ORIGIN}${ALICE}`, {
      method: "PUT",
      headers: { Authorization: `Bearer ${API_TOKEN}`, "Content-Type": "application/json" },
      body: "{",
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ detail: "The body must be JSON." });
  });

  it("is one that comes without the token", async ({ expect }) => {
    for (const path of [ALICE, LISTS]) {
      const response = await put(path, listOf("bob"), { headers: {}, env: { DB: undefined } });
      expect(response.status).toBe(401);
    }
  });
});

describe("FriendsService", () => {
  const service = exports.FriendsService;

  it("takes lists as /v1 takes them", async ({ expect }) => {
    await added([["alice", "extra"]]);
    const lists = [{ userId: "alice", ...listOf("missing") }];
    const found = { users: 1, friends: 1, missing: 1, extra: 1, unchanged: 0 };
    expect(await service.reconcile(lists, { dryRun: true, report: "pairs" })).toEqual({
      ...found,
      repaired: 0,
      pairs: {
        missing: [{ userId: "alice", friendId: "missing" }],
        extra: [{ userId: "alice", friendId: "extra" }],
      },
    });
    expect(await service.reconcile(lists)).toEqual({ ...found, repaired: 2 });
    expect(await friendsNow()).toEqual(["alice missing"]);
    expect(await service.users()).toEqual(await (await ask("/v1/users")).json());
  });

  it("throws for a list that /v1 refuses", async ({ expect }) => {
    const lists = [{ userId: "alice", ...listOf(), readAt: 1 }];
    await expect(async () => service.reconcile(lists)).rejects.toThrow("lists.0.readAt: must be");
  });
});

describe("the users whose friends are known", () => {
  it("are read a page at a time", async ({ expect }) => {
    await added([
      ["carol", "x"],
      ["a b", "x"],
      ["a b", "y"],
      ["好", "x"],
    ]);
    await deleted([["carol", "x"]]);
    const client = apiClient();
    const first = await (await client.v1.users.$get({ query: { limit: "2" } })).json();
    expect(first).toEqual({ users: ["a b", "carol"], cursor: "carol" });
    const query = { limit: "2", cursor: String(first.cursor) };
    const second = await (await client.v1.users.$get({ query })).json();
    expect(usersPage.parse(second)).toEqual({ users: ["好"], cursor: null });
  });
});

describe("what a reconciliation found", () => {
  const report = {
    ...{ startedAt: Date.now() - 60_000, finishedAt: Date.now() - 5_000, dryRun: false },
    ...{ users: 1_000, checked: 200_000, missing: 30, extra: 70 },
    ...{ repaired: 100, skipped: 2, failed: 1 },
  };
  const post = (body: unknown) => ask("/v1/reconciliations", { method: "POST", body });
  const shown = async () => stats.parse(await (await ask("/v1/stats")).json()).reconciliation;

  it("is in the stats, the last one alone", async ({ expect }) => {
    expect(await shown()).toBeNull();
    expect((await post(report)).status).toBe(204);
    expect(await shown()).toEqual(report);
    const later = { ...report, dryRun: true, repaired: 0 };
    await post({ ...later, other: "of another version" });
    expect(await shown()).toEqual(later);
    const { results } = await env.DB.prepare("SELECT id FROM reconciliation").all();
    expect(results).toHaveLength(1);
  });

  it.for([
    ...Object.keys(report).map((name) => [name, { ...report, [name]: undefined }] as const),
    ["users", { ...report, users: -1 }],
    ["checked", { ...report, checked: 1.5 }],
    ["dryRun", { ...report, dryRun: "no" }],
    ["startedAt", { ...report, startedAt: 1_700_000_000 }],
  ] as [string, object][])("is not kept with a wrong %s: %j", async ([name, body], { expect }) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    const { detail } = await response.json<{ detail: string }>();
    expect(detail.startsWith(`${name}: `), detail).toBe(true);
    expect(await shown()).toBeNull();
  });

  it.for([
    ["reconciliation_is_one", 2, "{}"],
    ["reconciliation_report_is_object", 1, "[]"],
    ["reconciliation_report_is_object", 1, "{"],
  ] as const)("is refused by %s: %s %s", async ([constraint, id, json], { expect }) => {
    const insert = env.DB.prepare("INSERT INTO reconciliation (id, report) VALUES (?1, ?2)");
    await expect(insert.bind(id, json).run()).rejects.toThrow(constraint);
  });
});
