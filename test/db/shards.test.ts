import { env } from "cloudflare:workers";
import { describe, it } from "vitest";
import { reconcile } from "../../src/api/friend-lists.ts";
import { readFriendship } from "../../src/api/friends.ts";
import { readRecommendations } from "../../src/api/recommendations.ts";
import { readUsers } from "../../src/api/users.ts";
import type { Databases } from "../../src/db/databases.ts";
import { dismiss } from "../../src/db/dismissals.ts";
import { beginErasure } from "../../src/db/erasures.ts";
import { STORES } from "../../src/db/kinds.ts";
import { toOrderKey } from "../../src/events/order-key.ts";
import { countedDb } from "../support/counted.ts";
import { boundDatabases, databasesIn, evenly } from "../support/databases.ts";
import {
  blackList,
  type Directed,
  friendList,
  LISTS,
  type List,
  stored,
} from "../support/lists.ts";
import { envWith } from "../support/worker.ts";

const AT_MS = Date.now() - 60_000;
const AT = toOrderKey(AT_MS);
const people = (count: number) => Array.from({ length: count }, (_, index) => `user-${index}`);

/** Databases that count, and what all of them were asked together. */
async function counted(count: number) {
  const bound = await boundDatabases(count);
  const all = Object.entries(bound).map(([name, db]) => [name, countedDb(db)] as const);
  const bindings = Object.fromEntries(all.map(([name, { binding }]) => [name, binding]));
  const SHARDS = evenly(Object.keys(bound));
  const sum = (figure: "statements" | "rowsRead" | "rowsWritten") =>
    all.reduce((total, [, each]) => total + each.count[figure], 0);
  return {
    databases: databasesIn(envWith({ ...bindings, SHARDS })),
    figures: () => ({
      statements: sum("statements"),
      rowsRead: sum("rowsRead"),
      rowsWritten: sum("rowsWritten"),
    }),
    reset() {
      for (const [, { count: each }] of all)
        Object.assign(each, { statements: 0, rowsRead: 0, rowsWritten: 0 });
    },
  };
}

/** Stores pairs of a list, each where it belongs. */
async function has(databases: Databases, list: List, pairs: readonly Directed[]): Promise<void> {
  const { place, apply } = STORES[list.kind];
  for (const { database, event } of place(list.added(pairs, AT) as never, databases))
    await apply(database.db, [event as never]);
}
const mutually = (pairs: readonly Directed[]) =>
  pairs.flatMap(([one, other]): Directed[] => [
    [one, other],
    [other, one],
  ]);

describe.for([1, 2, 8])("of %i databases", (count) => {
  it.for(LISTS)("a page of $kind asks one, as if there were no other", async (list, { expect }) => {
    const { databases, figures, reset } = await counted(count);
    await has(
      databases,
      list,
      people(50).map((other) => ["alice", other]),
    );
    reset();
    const page = await list.read("alice", { limit: "50" }, databases.of("alice").db);
    expect(page?.added).toHaveLength(50);
    expect(figures()).toEqual({ statements: 2, rowsRead: 51, rowsWritten: 0 });
  });

  it("a friendship asks one where both users are in it, and else two", async ({ expect }) => {
    const { databases, figures, reset } = await counted(count);
    const others = people(30);
    await has(databases, friendList, mutually(others.map((other) => ["alice", other])));
    await has(databases, blackList, mutually(others.map((other) => ["alice", other])));
    for (const other of others) {
      reset();
      const between = await readFriendship(databases, "alice", other);
      expect(between).toMatchObject({ direction: "mutual", addedAt: AT_MS, blockedBackAt: AT_MS });
      const isSame = databases.of("alice") === databases.of(other);
      expect(figures()).toEqual({ statements: isSame ? 1 : 2, rowsRead: 4, rowsWritten: 0 });
    }
  });

  it("recommendations ask each no more than twice, and are the same", async ({ expect }) => {
    const { databases, figures, reset } = await counted(count);
    const friends = people(20);
    const theirs = friends.flatMap((friend, index): Directed[] => [
      [friend, `candidate-${index % 5}`],
      [friend, `candidate-${index % 7}`],
    ]);
    await has(
      databases,
      friendList,
      mutually([...friends.map((friend) => ["alice", friend] as const), ...theirs]),
    );
    await dismiss(databases.of("alice").db, "alice", "candidate-0", 1);
    await has(databases, blackList, [
      ["candidate-1", "alice"],
      ["alice", "candidate-2"],
    ]);
    // What a move has left behind in another database says nothing of her.
    const left = databases.all.find((database) => database !== databases.of("alice"));
    if (left)
      await STORES.friends.apply(left.db, [
        friendList.added([["alice", "candidate-3"]], AT) as never,
      ]);
    reset();
    const deps = { databases, blocklist: env.BLOCKLIST, kinds: [] };
    const answer = await readRecommendations(deps, "alice", { limit: 20 });
    expect(answer.recommendations.map(({ userId }) => userId)).toEqual([
      "candidate-3",
      "candidate-4",
      "candidate-5",
      "candidate-6",
    ]);
    const { statements, rowsWritten } = figures();
    expect(statements).toBeLessThanOrEqual(1 + 2 * count);
    expect(statements).toBeGreaterThanOrEqual(3);
    expect(rowsWritten).toBe(0);
  });

  it("lists of 50 users are compared by one statement in each, and repaired by one", async ({
    expect,
  }) => {
    const { databases, figures, reset } = await counted(count);
    const users = people(50);
    await has(
      databases,
      friendList,
      users.map((user) => [user, "somebody"]),
    );
    const readAt = Date.now() - 1_000;
    const lists = (friendId: string) =>
      users.map((userId) => ({ userId, readAt, friends: [{ friendId }] }));
    reset();
    const query = { dryRun: "false" } as const;
    expect(await reconcile(databases, lists("somebody"), query)).toMatchObject({
      ...{ users: 50, friends: 50, unchanged: 50, missing: 0, extra: 0, repaired: 0 },
    });
    expect(figures()).toMatchObject({ statements: count, rowsWritten: 0 });
    expect(figures().rowsRead).toBeLessThanOrEqual(3 * 50);
    reset();
    expect(await reconcile(databases, lists("other"), query)).toMatchObject({
      ...{ missing: 50, extra: 50, repaired: 100 },
    });
    expect(figures()).toMatchObject({ statements: 2 * count, rowsWritten: 100 });
  });

  it("an erasure finds a user's rows in all of them", async ({ expect }) => {
    const { databases } = await counted(count);
    const others = people(30);
    for (const list of LISTS) {
      await has(databases, list, mutually(others.map((other) => ["alice", other])));
    }
    expect(await beginErasure(databases, "alice", toOrderKey(Date.now()))).toBe(60);
    for (const list of LISTS) {
      const rows = (await Promise.all(databases.all.map(({ db }) => stored(list, db)))).flat();
      expect(rows).toHaveLength(60);
      expect(rows.filter(({ deleted_at }) => deleted_at === null)).toEqual([]);
    }
  });

  it.for([1, 7, 100])(
    "users are listed once each, in order, %i on a page",
    async (limit, { expect }) => {
      const { databases } = await counted(count);
      const users = ["\u{1f600}", "\uff5e", "a", "A", "用户", ...people(20)];
      await has(
        databases,
        friendList,
        users.map((user) => [user, "somebody"]),
      );
      // What a move has left behind is nobody's, and may be all that a database has on a page.
      const [first] = databases.all;
      const left = friendList.added(
        people(20).map((user) => [user, "somebody"]),
        AT,
      );
      await STORES.friends.apply(first?.db as D1Database, [left as never]);
      const listed: string[] = [];
      let cursor: string | null = "";
      while (cursor !== null) {
        const page = await readUsers(databases, { limit, cursor });
        expect(page.users.length).toBeLessThanOrEqual(limit);
        listed.push(...page.users);
        ({ cursor } = page);
      }
      const encoder = new TextEncoder();
      const inOrder = users.toSorted((one, other) => {
        const [a, b] = [encoder.encode(one), encoder.encode(other)];
        const at = a.findIndex((byte, index) => byte !== b[index]);
        return at === -1 ? a.length - b.length : (a[at] ?? -1) - (b[at] ?? -1);
      });
      expect(listed).toEqual(inOrder);
    },
  );
});
