import { env } from "cloudflare:workers";
import { describe, it, vi } from "vitest";
import { friendChanges } from "../../src/api/moderation-answers.ts";
import { encodeToken } from "../../src/api/tokens.ts";
import { removeOldRecentChanges } from "../../src/db/recent-changes.ts";
import { toOrderKey } from "../../src/events/order-key.ts";
import { API_TOKEN, ask } from "../support/api.ts";
import { countedDb } from "../support/counted.ts";
import { boundDatabases, evenly } from "../support/databases.ts";
import { faultyDatabase } from "../support/faults.ts";
import { blackList, friendList } from "../support/lists.ts";
import { logLines } from "../support/log.ts";
import { deliver, envWith } from "../support/worker.ts";

const NOW = Date.UTC(2026, 10, 26, 12, 34, 56);

async function read(after?: string, overrides = {}) {
  const query = after === undefined ? "" : `?after=${after}`;
  const response = await ask(`/v1/friend-changes${query}`, { env: overrides });
  return friendChanges.parse(await response.json());
}
const apply = (bodies: unknown[], overrides = {}) =>
  deliver(bodies, { env: envWith({ API_TOKEN, ...overrides }) });
const added = (userId: string, otherId: string, at = NOW) =>
  friendList.added([[userId, otherId]], toOrderKey(at));

/** The database is asked again after some seconds in which nobody watched. */
let now = NOW;
const later = (ms = 10_000) => {
  now += ms;
  vi.setSystemTime(now);
};

describe("changes of the moment", () => {
  it("are shown while somebody asks for them, the oldest first", async ({ expect }) => {
    later();
    await apply([added("nobody", "watches")]);
    const { changes, after } = await read();
    expect(changes).toEqual([]);
    later();
    const at = toOrderKey(NOW);
    await apply([
      friendList.added(
        [
          ["alice", "bob"],
          ["bob", "alice"],
        ],
        at,
      ),
      blackList.added([["alice", "carol"]], at),
    ]);
    await apply([friendList.deleted([["alice", "bob"]], at), blackList.deleted([["a", "b"]], at)]);
    const first = await read(after);
    const about = { at: NOW, id: expect.stringMatching(/^\d+\.\d+$/) };
    const pair = { userId: "alice", otherId: "bob" };
    expect(first.changes).toEqual([
      { ...about, type: "friends-added", ...pair },
      { ...about, type: "friends-added", userId: "bob", otherId: "alice" },
      { ...about, type: "blacklist-added", userId: "alice", otherId: "carol" },
      { ...about, type: "friends-deleted", ...pair },
      { ...about, type: "blacklist-deleted", userId: "a", otherId: "b" },
    ]);
    expect(new Set(first.changes.map(({ id }) => id)).size).toBe(5);
    expect(await read(first.after)).toEqual({ changes: [], after: first.after });
    expect((await read()).changes).toEqual(first.changes);
  });

  it("are kept two minutes longer, and removed after an hour", async ({ expect }) => {
    later();
    await read();
    later(110_000);
    await apply([added("alice", "bob")]);
    later(15_000);
    await apply([added("alice", "carol")]);
    expect((await read()).changes).toHaveLength(1);
    expect(await removeOldRecentChanges(env.DB, now - 3_600_000)).toBe(0);
    later(3_600_000);
    expect(await removeOldRecentChanges(env.DB, now - 3_600_000)).toBe(1);
    expect((await read()).changes).toEqual([]);
  });

  it("are numbered on where all of them were removed", async ({ expect }) => {
    later();
    await read();
    await apply([added("alice", "bob")]);
    const { after } = await read();
    await removeOldRecentChanges(env.DB, now + 1_000);
    later(1);
    await apply([added("alice", "carol")]);
    expect((await read(after)).changes).toMatchObject([{ otherId: "carol" }]);
  });

  it("cost nothing where there is no token, and one statement in some seconds where nobody watches", async ({
    expect,
  }) => {
    later();
    const counts = async (overrides = {}) => {
      const db = countedDb(env.DB);
      const pair = [added("alice", `friend${Math.random()}`)];
      await apply(pair, { DB: db.binding, ...overrides });
      const { statements, rowsRead, rowsWritten } = db.count;
      return { statements, rowsRead, rowsWritten };
    };
    const without = await counts({ API_TOKEN: undefined });
    expect(without.statements).toBe(1);
    const DB = countedDb(env.DB);
    for (const pair of [added("a", "1"), added("a", "2"), added("a", "3")]) {
      await apply([pair], { DB: DB.binding });
    }
    expect(DB.count.statements).toBe(3 + 1);
    expect(DB.count.rowsRead).toBeLessThanOrEqual(3 * without.rowsRead + 2);
    expect(DB.count.rowsWritten).toBe(3 * without.rowsWritten);
    later();
    await apply([added("a", "4")], { DB: DB.binding });
    expect(DB.count.statements).toBe(5 + 1);
  });

  it("cost a row for what a batch changes, and asking two statements", async ({ expect }) => {
    later();
    const DB = countedDb(env.DB);
    await read(undefined, { DB: DB.binding });
    expect(DB.count).toMatchObject({ statements: 2, rowsWritten: 1 });
    await read(undefined, { DB: DB.binding });
    // The note of the last minute is as good as a new one.
    expect(DB.count).toMatchObject({ statements: 4, rowsWritten: 1 });
    const pairs = Array.from({ length: 500 }, (_, n) => ["alice", `f${n}`] as const);
    await apply([friendList.added(pairs, toOrderKey(NOW)), added("x", "y")]);
    const { changes } = await read();
    expect(changes).toHaveLength(100);
    expect(changes.at(-1)).toMatchObject({ userId: "x" });
    const { results } = await env.DB.prepare("SELECT seq FROM recent_changes").all();
    expect(results).toHaveLength(1);
  });

  it("come from every database, and lie where the record is", async ({ expect }) => {
    later();
    const bound = await boundDatabases(2);
    const overrides = { ...bound, SHARDS: evenly(["DB", "DB_2"]) };
    await read(undefined, overrides);
    const names = Array.from({ length: 20 }, (_, n) => `user${n}`);
    await apply(
      names.map((name) => added(name, "bob")),
      overrides,
    );
    const { changes } = await read(undefined, overrides);
    expect(changes.map(({ userId }) => userId).toSorted()).toEqual(names.toSorted());
  });

  it("keep no message from being done where they cannot be kept", async ({ expect }) => {
    later();
    const DB = faultyDatabase(env.DB, (sql) =>
      sql.includes("recent_changes") ? new Error("D1_ERROR: no such table") : undefined,
    );
    expect(await apply([added("alice", "bob")], { DB })).toMatchObject({ acked: [0], retried: [] });
    expect(logLines()).toContainEqual({ event: "failed", reason: "not-shown", error: "Error" });
  });

  it("are not asked for with a token that is none", async ({ expect }) => {
    for (const after of ["nonsense", encodeToken(["1"]), encodeToken([1, 2])]) {
      expect((await ask(`/v1/friend-changes?after=${after}`)).status).toBe(400);
    }
  });
});
