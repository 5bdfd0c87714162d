import { cp, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, it, vi } from "vitest";
import { type DeadLetter, selectDeadLetters, storeDeadLetters } from "../../src/db/dead-letters.ts";
import { applyPairs } from "../../src/db/pairs/apply.ts";
import { BLACKLIST, FRIENDS } from "../../src/db/pairs/table.ts";
import type { KeptCallback } from "../../src/events/callback.ts";
import type {
  BlacklistChanged,
  FriendsChanged,
  Pair,
  RequestsDecided,
} from "../../src/events/kinds.ts";
import { toOrderKey } from "../../src/events/order-key.ts";
import { wranglerDatabase } from "../../tools/lib/d1.ts";
import { runCommand, startDev } from "../support/commands.ts";
import { bindingsOf, closeBindings, migrate } from "../support/local-storage.ts";
import { PATIENCE } from "../support/patience.ts";

const API_TOKEN = "api-token-of-the-test";
const DAY_MS = 24 * 3_600 * 1_000;
const NOW_MS = Date.now();

/** A callback that the backend did not take when it came. */
const KEPT: KeptCallback = {
  v: 1,
  type: "callback",
  command: "State.StateChange",
  arrivedMs: 1_700_000_000_000,
  requestTime: "1700000000",
  token: "current",
  attempts: 1,
  query: "SdkAppid=1400000000&RequestTime=1700000000&Sign=old",
  contentType: "application/json",
  encoding: "utf-8",
  body: '{"CallbackCommand":"State.StateChange"}',
};

let folder: string;
let state: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "friendgate-"));
  await migrate(join(folder, "migrated"));
  await closeBindings();
});
beforeEach(async () => {
  state = await mkdtemp(join(folder, "state-"));
  await cp(join(folder, "migrated"), state, { recursive: true });
});
afterEach(() => closeBindings());
afterAll(() => rm(folder, { recursive: true }));

/** The storage that the tool is to work on. */
async function inDatabase<T>(work: (db: D1Database) => Promise<T>): Promise<T> {
  return work((await bindingsOf(state)).DB);
}

/** `npm run dead-letters`, on this test's storage. */
function deadLetters(...args: string[]) {
  return runDeadLetters(args);
}

function runDeadLetters(args: readonly string[], env: Record<string, string> = {}) {
  const command = ["tools/dead-letters/main.ts", ...args, "--persist-to", state];
  return runCommand(process.execPath, command, env);
}

/** The app's own backend, which takes everything. */
async function startBackend() {
  const asked: { attempt: unknown; requestTime: unknown; body: string }[] = [];
  const server = createServer(async (request, response) => {
    const { "x-friendgate-attempt": attempt, "x-friendgate-request-time": requestTime } =
      request.headers;
    asked.push({ attempt, requestTime, body: await text(request) });
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    asked,
    url: `http://127.0.0.1:${port}/im`,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}

function change(type: FriendsChanged["type"], atMs: number, pairs: Pair[]): FriendsChanged {
  const orderKey = toOrderKey(atMs);
  return { v: 2, type, orderKey, source: null, adminId: null, forced: false, pairs };
}

function block(
  type: BlacklistChanged["type"],
  atMs: number,
  pairs: BlacklistChanged["pairs"],
): BlacklistChanged {
  return { v: 1, type, orderKey: toOrderKey(atMs), pairs };
}

function asking(atMs: number, responders: readonly string[]): RequestsDecided {
  return {
    ...{ v: 1, type: "requests-decided", callId: "c1", at: atMs, eventTime: null, through: 0 },
    ...{ applicantId: "alice", requesterId: null, clientIp: null, platform: null, requestId: null },
    requests: responders.map((responder, place) => [place, responder, 0, null, null, null]),
  };
}

function letter(id: string, body: unknown, reason: DeadLetter["reason"] = "exhausted"): DeadLetter {
  return { id, attempts: 100, reason, body };
}

/** What the tables hold after the tool's work. */
function stored() {
  return inDatabase(async (db) => {
    const { results } = await db
      .prepare("SELECT friend_id, deleted_at IS NULL AS current FROM friends ORDER BY friend_id")
      .all<{ friend_id: string; current: number }>();
    const namesIn = async (sql: string) =>
      (await db.prepare(sql).all<{ name: string }>()).results.map(({ name }) => name);
    const letters = await selectDeadLetters(db, {}, 100);
    return {
      blacklist: await namesIn(
        "SELECT blocked_id AS name FROM blacklist WHERE deleted_at IS NULL ORDER BY name",
      ),
      asked: await namesIn("SELECT responder_id AS name FROM friend_requests ORDER BY name"),
      friends: Object.fromEntries(results.map((row) => [row.friend_id, row.current === 1])),
      statuses: Object.fromEntries(letters.map(({ id, status }) => [id, status])),
    };
  });
}

describe("dead-letters", () => {
  it("lists what waits without accounts, and shows one whole", async ({ expect }) => {
    const added = change("friends-added", NOW_MS, [["alice", "bob", null]]);
    const letters = [
      letter("m1", added),
      letter("m2", "?", "malformed"),
      letter("m3", block("blacklist-added", NOW_MS, [["alice", "bob"]])),
      letter("m4", asking(NOW_MS, ["bob", "carol"])),
    ];
    await inDatabase((db) => storeDeadLetters(db, letters, NOW_MS));

    const list = await deadLetters("list");
    expect(list.code).toBe(0);
    for (const text of [
      ...["m1", "m2", "exhausted", "malformed", "friends-added, 1 pair"],
      ...["blacklist-added, 1 pair", "requests-decided, 2 requests"],
    ]) {
      expect(list.stdout).toContain(text);
    }
    expect(list.stdout).not.toMatch(/alice|bob|carol/);

    const show = await deadLetters("show", "m1");
    expect(show.code).toBe(0);
    expect(JSON.parse(show.stdout)).toMatchObject({ id: "m1", status: "waiting", body: added });
  });

  it("shows no terminal what it would obey, and JSON that says the same", async ({ expect }) => {
    const id = "m\u001b[2J\u009b\u202e\n1";
    const added = change("friends-added", NOW_MS, [["小明\u007f\u0085\u2066👋", "bob", null]]);
    await inDatabase((db) => storeDeadLetters(db, [letter(id, added)], NOW_MS));

    const list = await deadLetters("list");
    expect(list.stdout).toContain("m\\u001b[2J\\u009b\\u202e\\u000a1");
    const show = await deadLetters("show", id);
    expect(JSON.parse(show.stdout)).toMatchObject({ id, body: added });
    const unknown = await deadLetters("discard", `${id}2`);
    for (const text of [list.stdout, show.stdout, unknown.stderr]) {
      expect(text).not.toMatch(/[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      expect(text).not.toContain("\u001b[2J");
    }
  });

  it("redrives as the consumer would have, and says what it must leave", async ({ expect }) => {
    const pair = (friend: string): Pair[] => [["alice", friend, null]];
    const letters = [
      letter("new", change("friends-added", NOW_MS, pair("bob"))),
      letter("stale", change("friends-added", NOW_MS - DAY_MS, pair("deleted-since"))),
      letter("too-old", change("friends-added", NOW_MS - 31 * DAY_MS, pair("long-ago"))),
      letter("old-deletion", change("friends-deleted", NOW_MS - 31 * DAY_MS, pair("gone"))),
      letter("blacklisted", block("blacklist-added", NOW_MS, [["alice", "pest"]])),
      letter(
        "blacklisted-long-ago",
        block("blacklist-added", NOW_MS - 31 * DAY_MS, [["alice", "old-pest"]]),
      ),
      letter("asked", asking(NOW_MS, ["bob"])),
      letter("bad", { type: "friends-added" }, "malformed"),
      letter("newer", { v: 3, type: "friends-added" }),
    ];
    await inDatabase(async (db) => {
      await applyPairs(db, FRIENDS, [change("friends-deleted", NOW_MS, pair("deleted-since"))]);
      await storeDeadLetters(db, letters, NOW_MS);
    });

    const { code, stdout } = await deadLetters("redrive", "--all");
    expect(code).toBe(1);
    expect(stdout).toContain("5 redriven, 4 left waiting");
    expect(stdout).toContain("too-old: older than the 30 days that tombstones are kept");
    expect(stdout).toContain("bad: no message of friendgate's");
    expect(stdout).toContain("newer: of a type or version that this friendgate does not know");
    expect(await stored()).toEqual({
      friends: { bob: true, "deleted-since": false },
      blacklist: ["pest"],
      asked: ["bob"],
      statuses: {
        new: "redriven",
        stale: "redriven",
        "old-deletion": "redriven",
        blacklisted: "redriven",
        asked: "redriven",
        "blacklisted-long-ago": "waiting",
        "too-old": "waiting",
        bad: "waiting",
        newer: "waiting",
      },
    });

    const checked = await deadLetters("redrive", "too-old", "--checked");
    expect(checked.stdout).toBe("1 redriven, 0 left waiting\n");
    expect((await stored()).friends).toMatchObject({ "long-ago": true });
  });

  it("redrives a blacklist into its own table, and what is old as far as that has a row", async ({
    expect,
  }) => {
    const odd = `it's "?1" 小明`;
    const old = block("blacklist-added", NOW_MS - 31 * DAY_MS, [
      ["alice", odd],
      ["alice", "long-ago"],
    ]);
    const letters = [
      letter("new", block("blacklist-added", NOW_MS, [["alice", "bob"]])),
      letter("old", old),
    ];
    await inDatabase(async (db) => {
      const before = block("blacklist-deleted", NOW_MS - 40 * DAY_MS, [["alice", odd]]);
      await applyPairs(db, BLACKLIST, [before]);
      await storeDeadLetters(db, letters, NOW_MS);
    });

    const { stdout } = await deadLetters("redrive", "--all");
    expect(stdout).toContain("1 redriven, 1 left waiting");
    const listed = await inDatabase((db) =>
      db.prepare("SELECT blocked_id FROM blacklist WHERE deleted_at IS NULL ORDER BY 1").all(),
    );
    expect(listed.results).toEqual([{ blocked_id: "bob" }, { blocked_id: odd }]);
    expect((await stored()).friends).toEqual({});
  });

  it("redrives a message that is larger than a statement", async ({ expect }) => {
    const pairs = Array.from(
      { length: 500 },
      (_, index): Pair => ["'".repeat(20), `${index}`.padStart(32, "é'?1"), null],
    );
    const large = letter("large", change("friends-added", NOW_MS, pairs));
    await inDatabase((db) => storeDeadLetters(db, [large], NOW_MS));

    const { code, stdout, stderr } = await deadLetters("redrive", "large");
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: "1 redriven, 0 left waiting\n",
      stderr: "",
    });
    const { friends } = await stored();
    expect(Object.keys(friends).sort()).toEqual(pairs.map(([, id]) => id).sort());
  });

  it("has callbacks for the backend redriven by the Worker, with the other letters", async ({
    expect,
  }) => {
    const backend = await startBackend();
    const dev = await startDev({ BACKEND_URL: backend.url, API_TOKEN });
    try {
      state = dev.folder;
      await inDatabase((db) =>
        storeDeadLetters(
          db,
          [
            letter("callback", KEPT),
            letter("change", change("friends-added", NOW_MS, [["alice", "bob", null]])),
          ],
          NOW_MS,
        ),
      );
      const list = await deadLetters("list");
      expect(list.stdout).toContain("callback State.StateChange, 2023-11-14T22:13:20.000Z");

      const ran = await runDeadLetters(["redrive", "--all", "--url", dev.url], { API_TOKEN });
      expect(ran).toEqual({ code: 0, stdout: "2 redriven, 0 left waiting\n", stderr: "" });
      await vi.waitFor(() => expect(backend.asked).toHaveLength(1), PATIENCE);
      expect(backend.asked[0]).toMatchObject({
        // One when it came, a hundred from the queue.
        attempt: "102",
        requestTime: KEPT.requestTime,
        body: KEPT.body,
      });
      const { statuses } = await stored();
      expect(statuses).toEqual({ callback: "redriven", change: "redriven" });
    } finally {
      await dev.stop();
      await backend.stop();
    }
  });

  it("leaves callbacks waiting where the Worker refuses, and says what to do", async ({
    expect,
  }) => {
    const server = createServer((_request, response) => response.writeHead(401).end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const CALLBACK_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await inDatabase((db) => storeDeadLetters(db, [letter("m1", KEPT)], NOW_MS));
    const { code, stdout, stderr } = await runDeadLetters(["redrive", "m1"], {
      CALLBACK_URL,
      API_TOKEN,
    });
    server.close();
    expect(code).toBe(3);
    expect(stdout).toContain("0 redriven, 1 left waiting\nm1: a callback, and the Worker");
    expect(stderr).toContain("the Worker refuses the API token\n  → set API_TOKEN");
    expect((await stored()).statuses).toEqual({ m1: "waiting" });
  });

  it("discards by id and by time, and nothing else", async ({ expect }) => {
    const ages = { young: 1, middle: 5, old: 9 };
    await inDatabase(async (db) => {
      for (const [id, days] of Object.entries(ages)) {
        await storeDeadLetters(db, [letter(id, {})], NOW_MS - days * DAY_MS);
      }
    });
    const byTime = await deadLetters("discard", "--since", "6d", "--until", "4d");
    expect(byTime.stdout).toBe("1 discarded\n");
    const byId = await deadLetters("discard", "old", "middle");
    expect(byId.stdout).toBe("1 discarded\n");
    expect(byId.stderr).toContain("middle: there is none that waits under this id");
    expect(byId.code).toBe(1);
    const { statuses } = await stored();
    expect(statuses).toEqual({ young: "waiting", middle: "discarded", old: "discarded" });
  });

  it.for([
    [["redrive"], "it is not said in one way which are meant"],
    [["discard"], "it is not said in one way which are meant"],
    [["discard", "m1", "--all"], "it is not said in one way which are meant"],
    [["redrive", "--all", "--since", "1d"], "it is not said in one way which are meant"],
    [["list", "--since", "yesterday"], "It must be 2027-01-31"],
    [["list", "--since", "2026-13-45"], "It must be 2027-01-31"],
    [["list", "--limit", "0"], "It must be a whole number from 1"],
    [["list", "--status", "lost"], "Allowed choices are"],
  ] as const)("refuses %j", async ([args, problem], { expect }) => {
    const { code, stderr } = await deadLetters(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(problem);
  });

  it("says what to do where the database has not been set up", async ({ expect }) => {
    state = await mkdtemp(join(folder, "empty-"));
    const { code, stderr } = await deadLetters("list");
    expect(code).toBe(3);
    expect(stderr).toContain("npx wrangler d1 migrations apply DB");
  });
});

describe("the database by way of wrangler", () => {
  it("tells what D1 said, and not what it was asked", async ({ expect }) => {
    const db = wranglerDatabase({ remote: false, persistTo: state }, "DB");
    const failing = applyPairs(db, FRIENDS, [
      change("friends-added", NOW_MS, [["secret", "", null]]),
    ]);
    await expect(failing).rejects.toThrow(/^CHECK constraint failed: friends_friend_id_not_empty/);
    await expect(failing).rejects.not.toThrow(/secret/);
  });
});
