import { env } from "cloudflare:workers";
import { describe, it } from "vitest";
import { recordDecided } from "../../src/db/decided/record.ts";
import { RESPONSES } from "../../src/db/decided/tables.ts";
import { dismiss } from "../../src/db/dismissals.ts";
import { beginErasure, sweepErasures } from "../../src/db/erasures.ts";
import { type Move, moveSlice } from "../../src/db/moves/move.ts";
import { MOVED, type MovedTable } from "../../src/db/moves/tables.ts";
import { toOrderKey } from "../../src/events/order-key.ts";
import { boundDatabases, boundRecords, databasesIn, evenly } from "../support/databases.ts";
import { RECORDS, responsesAt } from "../support/decided.ts";
import { apply, blackList, friendList, LISTS, stored } from "../support/lists.ts";
import { slices } from "../support/sweep.ts";
import { envWith } from "../support/worker.ts";

const AT = toOrderKey(1_750_000_000_000);
const users = Array.from({ length: 60 }, (_, index) => `user-${index}`);
const tableOf = (name: string) => MOVED.find((table) => table.name === name) as MovedTable;

/** Two databases, the first of which has all rows, and a map that gives the second one half of the slots. */
async function twoDatabases() {
  const bound = await boundDatabases(2);
  return databasesIn(envWith({ ...bound, SHARDS: evenly(Object.keys(bound)) }));
}

type Databases = Awaited<ReturnType<typeof twoDatabases>>;

/** Moves slice after slice. */
async function moveAll(
  databases: Databases,
  table: string,
  {
    how = "move",
    sliceRows = 7,
    ...move
  }: Partial<Pick<Move, "how" | "sliceRows" | "from" | "sinceMs">> = {},
) {
  const sum = { rows: 0, behind: 0, removed: 0, slices: 0 };
  let after: Move["after"];
  do {
    const moved = await moveSlice({
      ...{ from: databases.main, sinceMs: undefined, how, sliceRows, after, table: tableOf(table) },
      to: (userId) => (userId === undefined ? databases.records : databases.of(userId)),
      ...move,
    });
    after = moved.after;
    sum.slices += 1;
    sum.rows += moved.rows;
    sum.behind += moved.behind;
    sum.removed += moved.removed;
  } while (after !== undefined);
  return sum;
}

const usersIn = async (db: D1Database, table = "friends") => {
  const { results } = await db
    .prepare(`SELECT DISTINCT user_id AS id FROM ${table} ORDER BY id`)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
};

describe.for(LISTS)("rows of $kind that are moved", (list) => {
  const pairs = users.map((user) => [user, "somebody"] as const);

  it("are where their users' slots are, and nowhere else", async ({ expect }) => {
    const databases = await twoDatabases();
    await apply(list, [list.added(pairs, AT)]);
    const before = await stored(list);
    const away = users.filter((user) => databases.of(user) !== databases.main).toSorted();
    expect(await moveAll(databases, list.kind)).toEqual({
      ...{ rows: away.length, removed: away.length, behind: 0 },
      slices: Math.floor(users.length / 7) + 1,
    });
    const [one, two] = databases.all.map(({ db }) => db) as [D1Database, D1Database];
    expect(await usersIn(two, list.kind)).toEqual(away);
    expect(await usersIn(one, list.kind)).toEqual(
      users.filter((user) => !away.includes(user)).toSorted(),
    );
    const after = [...(await stored(list, one)), ...(await stored(list, two))];
    expect(after.toSorted((a, b) => (a.user_id < b.user_id ? -1 : 1))).toEqual(
      before.toSorted((a, b) => (a.user_id < b.user_id ? -1 : 1)),
    );
  });

  it("are copied any number of times, and nothing is removed", async ({ expect }) => {
    const databases = await twoDatabases();
    await apply(list, [list.added(pairs, AT)]);
    const first = await moveAll(databases, list.kind, { how: "copy" });
    expect(await moveAll(databases, list.kind, { how: "copy" })).toEqual(first);
    expect(first).toMatchObject({ behind: 0, removed: 0 });
    expect(await stored(list)).toHaveLength(users.length);
  });

  it("do not undo what the other database knows better", async ({ expect }) => {
    const databases = await twoDatabases();
    await apply(list, [list.added(pairs, AT)]);
    const [, two] = databases.all as [unknown, Databases["main"]];
    const away = users.filter((user) => databases.of(user) === two);
    const newer = list.deleted(
      away.map((user) => [user, "somebody"]),
      AT + 1,
    );
    await apply(list, [newer], two.db);
    expect(await moveAll(databases, list.kind)).toMatchObject({ behind: 0, removed: away.length });
    for (const row of await stored(list, two.db)) expect(row.deleted_at).not.toBeNull();
  });

  it("are only looked at by a check, which says how many are behind", async ({ expect }) => {
    const databases = await twoDatabases();
    await apply(list, [list.added(pairs, AT)]);
    const [, two] = databases.all as [unknown, Databases["main"]];
    const away = users.filter((user) => databases.of(user) === two).length;
    const checked = await moveAll(databases, list.kind, { how: "check" });
    expect(checked).toMatchObject({ rows: away, behind: away, removed: 0 });
    expect(await stored(list, two.db)).toEqual([]);
    await moveAll(databases, list.kind, { how: "copy" });
    const there = { rows: away, behind: 0, removed: 0 };
    expect(await moveAll(databases, list.kind, { how: "check" })).toMatchObject(there);
    expect(await stored(list)).toHaveLength(users.length);
    const [user = ""] = users.filter((each) => databases.of(each) === two);
    await apply(list, [list.deleted([[user, "somebody"]], AT + 1)]);
    expect(await moveAll(databases, list.kind, { how: "check" })).toMatchObject({ behind: 1 });
  });

  it("of what has changed since are read with what has changed since only", async ({ expect }) => {
    const databases = await twoDatabases();
    await apply(list, [list.added(pairs, AT)]);
    await env.DB.prepare(`UPDATE ${list.kind} SET changed_at = 5`).run();
    const [user = ""] = users.filter((each) => databases.of(each) !== databases.main);
    await apply(list, [list.added([[user, "somebody else"]], AT)]);
    const sinceMs = 1_000_000_000_000;
    expect(await moveAll(databases, list.kind, { how: "copy", sinceMs })).toMatchObject({
      rows: 1,
    });
  });

  it.for([
    [2e12, 1e12, 2e12],
    [2e12, 3e12, 3e12],
  ] as const)(
    "bring along up to when deletions are forgotten: %i to one that has %i is %i",
    async ([here, there, after], { expect }) => {
      const databases = await twoDatabases();
      await apply(list, [list.added(pairs, AT)]);
      const [one, two] = databases.all.map(({ db }) => db) as [D1Database, D1Database];
      const mark = "UPDATE forgotten_changes SET changed_at = ?1 WHERE list = ?2";
      await one.prepare(mark).bind(here, list.kind).run();
      await two.prepare(mark).bind(there, list.kind).run();
      await moveAll(databases, list.kind, { how: "copy" });
      const forgotten = await two
        .prepare("SELECT changed_at FROM forgotten_changes WHERE list = ?1")
        .bind(list.kind)
        .first("changed_at");
      expect(forgotten).toBe(after);
    },
  );
});

it("a row that was written anew while it was moved stays until it is moved, too", async ({
  expect,
}) => {
  const databases = await twoDatabases();
  const [user = ""] = users.filter((each) => databases.of(each) !== databases.main);
  await apply(friendList, [friendList.added([[user, "somebody"]], AT)]);
  const table: MovedTable = {
    ...tableOf("friends"),
    async merge(db, rows) {
      await tableOf("friends").merge(db, rows);
      await apply(friendList, [friendList.deleted([[user, "somebody"]], AT + 1)]);
    },
  };
  const to = databases.of;
  const move = { table, from: databases.main, after: undefined, sinceMs: undefined, sliceRows: 7 };
  const moved = await moveSlice({ ...move, to: (id) => to(id ?? ""), how: "move" });
  expect(moved).toMatchObject({ rows: 1, behind: 0, removed: 0 });
  await moveAll(databases, "friends");
  expect(await stored(friendList)).toEqual([]);
  const [, two] = databases.all as [unknown, Databases["main"]];
  expect(await stored(friendList, two.db)).toMatchObject([{ order_key: AT + 1 }]);
});

describe("dismissals that are moved", () => {
  it("follow their users", async ({ expect }) => {
    const databases = await twoDatabases();
    for (const user of users) await dismiss(env.DB, user, "somebody", 1_750_000_000_000);
    const away = users.filter((user) => databases.of(user) !== databases.main);
    expect(await moveAll(databases, "dismissals")).toMatchObject({ removed: away.length });
    const [, two] = databases.all as [unknown, Databases["main"]];
    expect(await usersIn(two.db, "dismissals")).toEqual(away.toSorted());
  });

  it.for([
    ["do not come back behind an erasure of who dismissed", "user", 0, []],
    ["do not come back behind an erasure of whom they dismissed", "somebody", 0, []],
    ["that are newer than an erasure follow, too", "user", 2, ["user"]],
  ] as const)("%s", async ([, erased, later, moved], { expect }) => {
    const databases = await twoDatabases();
    const [user = ""] = users.filter((each) => databases.of(each) !== databases.main);
    const [, two] = databases.all as [unknown, Databases["main"]];
    const id = erased === "user" ? user : erased;
    await beginErasure(databases, id, toOrderKey(1_750_000_000_001));
    await dismiss(env.DB, user, "somebody", 1_750_000_000_000 + later);
    expect(await moveAll(databases, "dismissals")).toMatchObject({
      behind: 1 - moved.length,
      removed: moved.length,
    });
    expect(await usersIn(two.db, "dismissals")).toEqual(moved.map(() => user));
  });
});

describe("what an erasure has still to come to waits for it, though it is over at the new place", () => {
  const MS = 1_750_000_000_000;
  // As the records have it.
  const ERASED = "to0";
  const sweep = (db: D1Database) => sweepErasures(db, { sliceRows: 50, draw: slices(50) });

  /** One way: what tells of the erased user is found by the walk through each database only. */
  async function erasedElsewhere(store: (user: string) => Promise<unknown>) {
    const bound = await boundDatabases(2);
    const SHARDS = evenly(Object.keys(bound));
    const databases = databasesIn(envWith({ ...bound, ...(await boundRecords()), SHARDS }));
    const [user = ""] = users.filter((each) => databases.of(each) !== databases.main);
    await store(user);
    await beginErasure(databases, ERASED, toOrderKey(MS + 1));
    for (const { db } of databases.all) if (db !== databases.main.db) await sweep(db);
    return { databases, user };
  }

  it.for(LISTS)("in $kind", async (list, { expect }) => {
    const { databases, user } = await erasedElsewhere((each) =>
      apply(list, [list.added([[each, ERASED]], AT)]),
    );
    const { db } = databases.of(user);
    for (const how of ["copy", "move"] as const) {
      const waits = { rows: 1, behind: 1, removed: 0 };
      expect(await moveAll(databases, list.kind, { how })).toMatchObject(waits);
      expect(await stored(list, db)).toEqual([]);
    }
    await sweep(databases.main.db);
    expect(await moveAll(databases, list.kind)).toMatchObject({ behind: 0, removed: 1 });
    expect(await stored(list, db)).toMatchObject([{ added_at: null, deleted_at: MS + 1 }]);
  });

  it.for(LISTS)("but for a deletion in $kind, which tells nothing", async (list, { expect }) => {
    const { databases } = await erasedElsewhere((each) =>
      apply(list, [list.deleted([[each, ERASED]], AT)]),
    );
    expect(await moveAll(databases, list.kind)).toMatchObject({ behind: 0, removed: 1 });
  });

  it("in dismissals", async ({ expect }) => {
    const { databases, user } = await erasedElsewhere((each) => dismiss(env.DB, each, ERASED, MS));
    expect(await moveAll(databases, "dismissals")).toMatchObject({ behind: 1, removed: 0 });
    await sweep(databases.main.db);
    expect(await moveAll(databases, "dismissals")).toMatchObject({ rows: 0 });
    expect(await usersIn(databases.of(user).db, "dismissals")).toEqual([]);
  });

  it("in the record of what the user asked for others", async ({ expect }) => {
    const { databases } = await erasedElsewhere(() =>
      recordDecided(env.DB, RESPONSES, [
        {
          ...responsesAt({ at: MS }),
          requesterId: ERASED,
          responses: [[0, "bob", "Agree", 0, null, null, null]],
        },
      ]),
    );
    expect(await moveAll(databases, "friend_responses")).toMatchObject({ behind: 1, removed: 0 });
  });

  it.for(RECORDS)("in the record of $what", async ({ table, record }, { expect }) => {
    const { databases } = await erasedElsewhere(() => record(env.DB, { at: MS }));
    expect(await moveAll(databases, table)).toMatchObject({ behind: 1, removed: 0 });
    await sweep(databases.main.db);
    expect(await moveAll(databases, table)).toMatchObject({ rows: 0 });
  });
});

it("a moved list is read from the other database as if it had always been there", async ({
  expect,
}) => {
  const databases = await twoDatabases();
  const [user = ""] = users.filter((each) => databases.of(each) !== databases.main);
  await apply(blackList, [blackList.added([[user, "somebody"]], AT)]);
  await moveAll(databases, "blacklist");
  const page = await blackList.read(user, {}, databases.of(user).db);
  expect(page?.added).toEqual([{ id: "somebody", at: 1_750_000_000_000 }]);
});

it("every column of every table is moved", async ({ expect }) => {
  for (const { name, columns, changed } of MOVED) {
    const { results } = await env.DB.prepare("SELECT name FROM pragma_table_info(?1)")
      .bind(name)
      .all<{ name: string }>();
    const all = results.map((column) => column.name).filter((column) => column !== changed);
    expect([...columns].toSorted()).toEqual(all.toSorted());
  }
});
