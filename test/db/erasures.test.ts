import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, it } from "vitest";
import { recordDecided } from "../../src/db/decided/record.ts";
import { REQUESTS, RESPONSES } from "../../src/db/decided/tables.ts";
import { dismiss } from "../../src/db/dismissals.ts";
import { beginErasure, sweepErasures } from "../../src/db/erasures.ts";
import { toOrderKey } from "../../src/events/order-key.ts";
import { SINCE_OVERLAP_MS } from "../../src/limits.ts";
import { countedDb } from "../support/counted.ts";
import { passTime } from "../support/database-clock.ts";
import { oneDatabase } from "../support/databases.ts";
import { added, blocked, mutual } from "../support/graph.ts";
import { apply, type Directed, friendList, LISTS, stored } from "../support/lists.ts";
import { slices } from "../support/sweep.ts";

const NOW = 5_000;
const erase = (userId: string, at = NOW) => beginErasure(oneDatabase(), userId, toOrderKey(at));
const sweep = (sliceRows = 2, maxSlices = 100) =>
  sweepErasures(env.DB, { sliceRows, draw: slices(maxSlices) });

/** Who has whom in a list. */
async function pairsOf(list: (typeof LISTS)[number]): Promise<string[]> {
  const rows = (await stored(list)).filter((row) => row.added_at !== null);
  return rows.map((row) => `${row.user_id} ${row.other_id}`);
}
const friendships = () => pairsOf(friendList);

async function record(
  responderId: string,
  applicantId: string,
  at: number,
  requesterId = responderId,
) {
  await recordDecided(env.DB, RESPONSES, [
    {
      v: 1,
      type: "responses-decided",
      callId: crypto.randomUUID(),
      at,
      eventTime: null,
      responderId,
      requesterId,
      clientIp: null,
      platform: null,
      requestId: null,
      responses: [[0, applicantId, "Agree", 0, null, null, null]],
    },
  ]);
}

async function recordRequest(
  applicantId: string,
  responderId: string,
  at: number,
  requesterId = applicantId,
) {
  await recordDecided(env.DB, REQUESTS, [
    {
      v: 1,
      type: "requests-decided",
      callId: crypto.randomUUID(),
      at,
      eventTime: null,
      applicantId,
      requesterId,
      clientIp: null,
      platform: null,
      requestId: null,
      through: 0,
      requests: [[0, responderId, 0, null, null, null]],
    },
  ]);
}

async function all(table: string): Promise<Record<string, unknown>[]> {
  return (await env.DB.prepare(`SELECT * FROM ${table}`).all()).results;
}

describe.for(LISTS)("an erasure, of $kind", (list) => {
  const add = (pairs: readonly Directed[], atMs = 1_000) =>
    apply(list, [list.added(pairs, toOrderKey(atMs))]);
  const remove = (pairs: readonly Directed[], atMs = 2_000) =>
    apply(list, [list.deleted(pairs, toOrderKey(atMs))]);

  it("takes the user's own and the mirrored at once, and one-way rows with the sweep", async ({
    expect,
  }) => {
    await add(mutual(["alice", "bob"], ["alice", "carol"], ["bob", "carol"]));
    await add([
      ["alice", "erin"],
      ["dora", "alice"],
    ]);
    // Of what it took at once it tells the friendships.
    expect(await erase("alice")).toBe(list.kind === "friends" ? 5 : 0);
    expect(await pairsOf(list)).toEqual(["bob carol", "carol bob", "dora alice"]);
    expect(await erase("alice")).toBe(0);
    expect(await sweep()).toBe(1);
    expect(await pairsOf(list)).toEqual(["bob carol", "carol bob"]);
  });

  it("keeps nothing of a pair but the two ids and the time", async ({ expect }) => {
    await add(mutual(["alice", "bob"]));
    await add([["carol", "alice"]]);
    await erase("alice");
    await sweep();
    const none = { initiator_id: null, source: null, admin_id: null, forced: 0 };
    expect(await stored(list)).toEqual(
      [
        ["alice", "bob"],
        ["bob", "alice"],
        ["carol", "alice"],
      ].map(([user_id, other_id]) => ({
        ...{ user_id, other_id, order_key: toOrderKey(NOW), added_at: null, deleted_at: NOW },
        ...(list.kind === "friends" && none),
      })),
    );
  });

  it("is seen by who syncs another's list, and not undone by a late event", async ({ expect }) => {
    await add([...mutual(["alice", "bob"]), ["carol", "alice"]]);
    const before = [await list.read("bob"), await list.read("carol")];
    await erase("alice");
    await sweep();
    await add([...mutual(["alice", "bob"]), ["carol", "alice"]], NOW - 1);
    expect(await pairsOf(list)).toEqual([]);
    for (const [index, userId] of ["bob", "carol"].entries()) {
      const increment = await list.read(userId, { since: before[index]?.since ?? "" });
      expect(increment).toMatchObject({ added: [], deleted: [{ id: "alice", at: NOW }] });
    }
  });

  it("is not undone by an event that is older than what it erased", async ({ expect }) => {
    await add(mutual(["alice", "bob"]), NOW + 2);
    await erase("alice");
    await add(mutual(["alice", "bob"]), NOW + 1);
    expect(await pairsOf(list)).toEqual([]);
  });

  it("leaves tombstones as they are", async ({ expect }) => {
    await add([["bob", "alice"]]);
    await remove([["bob", "alice"]]);
    const before = await stored(list);
    await passTime(SINCE_OVERLAP_MS + 1);
    const { since = "" } = (await list.read("bob")) ?? {};
    await erase("alice");
    expect(await sweep()).toBe(0);
    expect(await stored(list)).toEqual(before);
    expect(await list.read("bob", { since })).toMatchObject({ added: [], deleted: [] });
  });

  it("takes what is as old as it, and leaves what came after it", async ({ expect }) => {
    await add([["bob", "alice"]], NOW);
    await add([["carol", "alice"]], NOW + 1);
    await erase("alice");
    expect(await sweep()).toBe(1);
    expect(await pairsOf(list)).toEqual(["carol alice"]);
  });
});

describe("an erasure", () => {
  it("takes what happened at its very moment", async ({ expect }) => {
    await added([["bob", "alice"]], NOW);
    await dismiss(env.DB, "bob", "alice", NOW);
    await record("alice", "bob", NOW);
    await recordRequest("alice", "bob", NOW);
    await erase("alice");
    expect(await sweep()).toBe(4);
    expect(await friendships()).toEqual([]);
    expect(await all("dismissals")).toEqual([]);
    expect(await all("friend_responses")).toEqual([]);
    expect(await all("friend_requests")).toEqual([]);
  });

  it.for([0, 1, 3, 4, 5, 6])(
    "asked for again after %i slices takes what came between, from the start",
    async (slices, { expect }) => {
      await added(["c", "d", "e"].map((id) => [id, "zoe"] as const));
      await dismiss(env.DB, "c", "zoe", 1);
      await blocked([["c", "zoe"]]);
      await erase("zoe");
      await sweep(2, slices);
      await added([["a", "zoe"]], NOW + 1);
      await dismiss(env.DB, "a", "zoe", NOW + 1);
      await blocked([["a", "zoe"]], NOW + 1);
      await record("zoe", "a", NOW + 1);
      await recordRequest("zoe", "a", NOW + 1);
      await erase("zoe", NOW + 2);
      await sweep();
      for (const list of LISTS) expect(await pairsOf(list)).toEqual([]);
      expect(await all("dismissals")).toEqual([]);
      expect(await all("friend_responses")).toEqual([]);
      expect(await all("friend_requests")).toEqual([]);
      expect(await all("erasures")).toEqual([]);
    },
  );

  it("takes one-way rows, dismissals, blocks and records with the sweep, and nobody else's", async ({
    expect,
  }) => {
    await added([
      ["bob", "alice"],
      ["dora", "alice"],
      ["zoe", "alice"],
      ["bob", "dora"],
    ]);
    await dismiss(env.DB, "alice", "bob", 1);
    await dismiss(env.DB, "bob", "alice", 1);
    await dismiss(env.DB, "bob", "carol", 1);
    await blocked([
      ["bob", "alice"],
      ["zoe", "alice"],
      ["zoe", "bob"],
    ]);
    await record("alice", "bob", 1);
    await record("bob", "alice", 2);
    await record("bob", "carol", 3, "alice");
    await record("bob", "carol", 4);
    await recordRequest("alice", "bob", 1);
    await recordRequest("bob", "alice", 2);
    await recordRequest("bob", "carol", 3, "alice");
    await recordRequest("bob", "carol", 4);
    await erase("alice");
    await erase("nobody");
    // Three friendships, one dismissal (the user's own went at once), two blocks, three records of each kind.
    expect(await sweep()).toBe(3 + 1 + 2 + 3 + 3);
    expect((await Promise.all(LISTS.map(pairsOf))).flat()).toEqual(["bob dora", "zoe bob"]);
    expect(await all("dismissals")).toMatchObject([{ user_id: "bob", candidate_id: "carol" }]);
    expect(await all("friend_responses")).toMatchObject([
      { responder_id: "bob", applicant_id: "carol" },
    ]);
    expect(await all("friend_requests")).toMatchObject([
      { applicant_id: "bob", responder_id: "carol" },
    ]);
    expect(await all("erasures")).toEqual([]);
    expect(await sweep()).toBe(0);
  });

  it("leaves what came after it", async ({ expect }) => {
    await erase("alice");
    await added([["bob", "alice"]], NOW + 1);
    await dismiss(env.DB, "bob", "alice", NOW + 1);
    await record("alice", "bob", NOW + 1);
    await recordRequest("alice", "bob", NOW + 1);
    expect(await sweep()).toBe(0);
    expect(await friendships()).toEqual(["bob alice"]);
  });

  it("goes on where the last run stopped, and a user who comes later begins at the start", async ({
    expect,
  }) => {
    await added(["a", "b", "c", "d", "e"].map((id) => [id, "zoe"] as const));
    await added([["a", "yann"]]);
    await erase("zoe");
    expect(await sweep(2, 1)).toBe(1);
    await erase("yann", NOW + 1);
    expect(await sweep(2, 1)).toBe(2);
    expect(await friendships()).toEqual(["a yann", "d zoe", "e zoe"]);
    expect(await sweep()).toBe(3);
    expect(await friendships()).toEqual([]);
    expect(await all("erasures")).toEqual([]);
  });

  it("that ends leaves those that have come less far", async ({ expect }) => {
    await added(["a", "b", "c", "d", "e"].map((id) => [id, "yann"] as const));
    await erase("zoe");
    // Through friends, dismissals and blacklist; records are what remains.
    await sweep(2, 5);
    await erase("yann", NOW + 1);
    await added([["f", "zoe"]]);
    expect((await all("erasures")).map(({ walking }) => walking)).toEqual([
      "friends",
      "friend_responses",
    ]);
    await sweep();
    expect(await friendships()).toEqual(["f zoe"]);
    expect(await all("erasures")).toEqual([]);
  });

  it("costs what a slice has, however long the table is", async ({ expect }) => {
    await added(Array.from({ length: 300 }, (_, index) => [`u${index}`, "zoe"] as const));
    await erase("zoe");
    const { binding, count } = countedDb(env.DB);
    await sweepErasures(binding, { sliceRows: 50, draw: slices(1) });
    // Each row to find the end, and to be looked at; an erased one is looked up in erasures some
    // times more.
    expect(count.rowsRead).toBeLessThanOrEqual(50 * 2 + 50 * 8);
    expect(count.rowsWritten).toBeLessThanOrEqual(50 + 2);
  });
});

it("an erasure that is under way when its table is made anew goes on", async ({ expect }) => {
  await reset();
  const anew = env.TEST_MIGRATIONS.findIndex(({ name }) => name.startsWith("0009"));
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS.slice(0, anew));
  await env.DB.exec(
    `INSERT INTO erasures VALUES ('alice', ${toOrderKey(NOW)}, 'dismissals', '["",""]')`,
  );
  await dismiss(env.DB, "bob", "alice", 1);
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
  await blocked([["bob", "alice"]]);
  expect(await sweep()).toBe(2);
  expect(await all("dismissals")).toEqual([]);
  expect(await all("erasures")).toEqual([]);
});

it.for([
  ["erasures_user_id_not_empty", ["", 1, "friends", "[]"]],
  ["erasures_walking_known", ["alice", 1, "walks", "[]"]],
  ["erasures_position_is_array", ["alice", 1, "blacklist", "{}"]],
  ["erasures_position_is_array", ["alice", 1, "friend_requests", "no JSON"]],
] as const)("a row of erasures is refused by %s: %j", async ([constraint, row], { expect }) => {
  const insert = env.DB.prepare("INSERT INTO erasures VALUES (?1, ?2, ?3, ?4)").bind(...row);
  await expect(insert.run()).rejects.toThrow(constraint);
});

describe("a dismissal", () => {
  it("that is made again keeps the time of the first", async ({ expect }) => {
    await dismiss(env.DB, "bob", "alice", 1_000);
    await dismiss(env.DB, "bob", "alice", 9_000);
    expect(await all("dismissals")).toEqual([
      { user_id: "bob", candidate_id: "alice", dismissed_at: 1_000 },
    ]);
  });
});
