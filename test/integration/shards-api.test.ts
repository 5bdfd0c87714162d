import { describe, it } from "vitest";
import { slotOf } from "../../src/slots.ts";
import { ask } from "../support/api.ts";
import { boundDatabases, boundRecords } from "../support/databases.ts";
import { RECORDS as DECIDED } from "../support/decided.ts";
import { brokenDatabase } from "../support/faults.ts";
import { apply, friendList, stored } from "../support/lists.ts";

const users = Array.from({ length: 40 }, (_, index) => `user-${index}`);
const HALVES = "DB 0-511, DB_2 512-1023";

/** All rows are in DB, of which two databases share the slots, and a third has none. */
async function deployed() {
  const bound = await boundDatabases(3);
  await apply(friendList, [
    friendList.added(
      users.map((user) => [user, "somebody"]),
      1_024,
    ),
  ]);
  const env: Record<string, unknown> = { ...bound, SHARDS: HALVES };
  const post = async (body: object) => {
    const response = await ask("/v1/shards/slices", {
      method: "POST",
      body,
      env,
    });
    return { status: response.status, body: await response.json() };
  };
  const usersIn = async (name: string) =>
    (await stored(friendList, bound[name])).map(({ user_id }) => user_id);
  return { env, post, usersIn };
}

it("the map and the databases are told, with what each has", async ({ expect }) => {
  const { env } = await deployed();
  const { RECORDS } = await boundRecords();
  const response = await ask("/v1/shards", { env: { ...env, RECORDS } });
  const bytes = expect.any(Number);
  expect(await response.json()).toEqual({
    ...{ slots: 1_024, shards: HALVES, records: "RECORDS" },
    databases: [
      { name: "DB", slots: 512, bytes },
      { name: "DB_2", slots: 512, bytes },
      { name: "DB_3", slots: 0, bytes },
      { name: "RECORDS", slots: 0, bytes },
    ].map((each) => expect.objectContaining(each)),
  });
});

it("users are read of all databases, in sessions whose bookmarks are told", async ({ expect }) => {
  const { env, post } = await deployed();
  await post({ table: "friends", from: "DB", how: "move" });
  const response = await ask("/v1/users?limit=1000", { env });
  expect(await response.json()).toEqual({ users: users.toSorted(), cursor: null });
  expect(response.headers.get("X-D1-Bookmark")).toMatch(/^DB=[^,]+,DB_2=[^,]+,DB_3=[^,]+$/);
});

it.for([1, 3])(
  "users are all found in pages of %i, though copies of others lie between them",
  async (limit, { expect }) => {
    const { env } = await deployed();
    const last = "zz-4";
    expect(slotOf(last)).toBeGreaterThan(511);
    await apply(
      friendList,
      [friendList.added([[last, "somebody"]], 1_024)],
      env.DB_2 as D1Database,
    );
    const found: string[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const response: Response = await ask(`/v1/users?limit=${limit}&cursor=${cursor}`, { env });
      const page = (await response.json()) as { users: string[]; cursor: string | null };
      found.push(...page.users);
      cursor = page.cursor;
    }
    const own = users.filter((user) => slotOf(user) <= 511).toSorted();
    expect(found).toEqual([...own, last]);
  },
);

it.for(DECIDED)("the record of $what is read of its own database", async (decided, { expect }) => {
  const { env } = await deployed();
  const { RECORDS } = await boundRecords();
  await decided.record(RECORDS, { at: 5 });
  const path = `/v1/${decided.table.replace("_", "-")}`;
  const response = await ask(path, { env: { ...env, RECORDS } });
  expect(await response.json()).toMatchObject({ [decided.what]: [{ at: 5 }] });
  expect(response.headers.get("X-D1-Bookmark")).toMatch(/^RECORDS=[^,]+$/);
});

it("the databases are told, though one of them is away", async ({ expect }) => {
  const { env } = await deployed();
  const DB_2 = brokenDatabase("Network connection lost.");
  const response = await ask("/v1/shards", { env: { ...env, DB_2 } });
  const { databases } = await response.json<{ databases: { name: string; bytes: unknown }[] }>();
  expect(databases.map(({ name, bytes }) => [name, bytes === null])).toEqual([
    ["DB", false],
    ["DB_2", true],
    ["DB_3", false],
  ]);
});

describe("a slice", () => {
  it("is copied of the slots that are named, to the database that is named", async ({ expect }) => {
    const { post, usersIn } = await deployed();
    const slots = [100, 700];
    const wanted = users.filter((user) => slotOf(user) >= 100 && slotOf(user) <= 700).toSorted();
    const copy = { table: "friends", from: "DB", to: "DB_3", slots, how: "copy" };
    expect(await post(copy)).toEqual({
      status: 200,
      body: { after: null, rows: wanted.length, behind: 0, removed: 0 },
    });
    expect(await usersIn("DB_3")).toEqual(wanted);
    expect(await usersIn("DB")).toHaveLength(users.length);
  });

  it("is copied of the first and of the last slot that are named", async ({ expect }) => {
    const { post, usersIn } = await deployed();
    const [one, other] = users.toSorted((a, b) => slotOf(a) - slotOf(b)).slice(7, 9);
    const slots = [one, other].map((user) => slotOf(user ?? ""));
    await post({ table: "friends", from: "DB", to: "DB_3", slots, how: "copy" });
    expect(await usersIn("DB_3")).toEqual([one, other].toSorted());
  });

  it.for(DECIDED)("of $table is no user's, and not copied", async (decided, { expect }) => {
    const { env, post } = await deployed();
    const { RECORDS } = await boundRecords();
    await decided.record(env.DB as D1Database, { at: 5 });
    Object.assign(env, { RECORDS });
    const copy = { table: decided.table, from: "DB", to: "DB_3", slots: [0, 1_023], how: "copy" };
    expect((await post(copy)).body).toMatchObject({ rows: 0 });
    expect((await decided.read(RECORDS)).records).toEqual([]);
  });

  it("is moved to where SHARDS says", async ({ expect }) => {
    const { post, usersIn } = await deployed();
    const away = users.filter((user) => slotOf(user) > 511).toSorted();
    const { body } = await post({ table: "friends", from: "DB", how: "move" });
    expect(body).toEqual({ after: null, rows: away.length, behind: 0, removed: away.length });
    expect(await usersIn("DB_2")).toEqual(away);
    expect(await usersIn("DB")).toHaveLength(users.length - away.length);
  });

  it.for(DECIDED)(
    "of $table goes to the database of the record, where there is one",
    async ({ table, record, read }, { expect }) => {
      const { env, post } = await deployed();
      await record(env.DB as D1Database, { at: 5 }, { at: 6 });
      const slice = { table, from: "DB", how: "move" };
      expect((await post(slice)).body).toMatchObject({ rows: 0 });
      Object.assign(env, await boundRecords());
      expect((await post(slice)).body).toMatchObject({ rows: 2, behind: 0, removed: 2 });
      const RECORDS = env.RECORDS as D1Database;
      expect((await read(RECORDS)).records).toHaveLength(2);
      expect((await read(env.DB as D1Database)).records).toEqual([]);
    },
  );

  it.for(DECIDED)(
    "of $table comes back from a database that is the record's no more",
    async ({ table, record, read }, { expect }) => {
      const { env, post } = await deployed();
      await record(env.DB_3 as D1Database, { at: 5 });
      const { body } = await post({ table, from: "DB_3", how: "move" });
      expect(body).toMatchObject({ rows: 1, behind: 0, removed: 1 });
      expect((await read(env.DB as D1Database)).records).toHaveLength(1);
    },
  );

  it.for([[], null, 5])("that is %j is none", async (body, { expect }) => {
    const { env } = await deployed();
    const response = await ask("/v1/shards/slices", { method: "POST", body, env });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ detail: "The body must be a JSON object." });
  });

  it.for([
    [{ table: "erasures" }, /table: must be one of friends, blacklist, dismissals/],
    [{ from: "DB_9" }, /^DB_9 is bound to no D1 database/],
    [{ from: "x'; DROP TABLE friends" }, /from: must be the binding/],
    [{ to: "DB_9", slots: [0, 1] }, /^DB_9 is bound to no D1 database/],
    [{ to: "DB_2" }, /to and slots go together/],
    [{ slots: [0, 1] }, /to and slots go together/],
    [{ to: "DB_2", slots: [0, 1_024] }, /slots: must be the first and the last slot/],
    [{ to: "DB_2", slots: [7, 6] }, /slots: must be the first and the last slot/],
    [{ to: "DB_2", slots: [0, 1], how: "move" }, /a move follows SHARDS/],
    [{ how: "delete" }, /how: must be copy, move or check/],
    [{ after: "nonsense" }, /after: is none that was given out/],
    [{ after: btoa('["a"]') }, /after is of another table/],
    [{ after: btoa('[["a"],"b"]') }, /after: is none that was given out/],
    [{ since: 12 }, /since: must be milliseconds/],
    [{ limit: 1 }, /limit/],
  ] as const)("with %j is refused, and moves nothing", async ([wrong, problem], { expect }) => {
    const { post, usersIn } = await deployed();
    const { status, body } = await post({ table: "friends", from: "DB", how: "copy", ...wrong });
    expect(status).toBe(400);
    expect(body).toMatchObject({ detail: expect.stringMatching(problem) });
    expect(await usersIn("DB_2")).toEqual([]);
  });
});
