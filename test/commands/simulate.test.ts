import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { runCommand, runTool, startDev } from "../support/commands.ts";
import { PATIENCE } from "../support/patience.ts";
import { APP_ID, TOKEN } from "../support/tencent.ts";

const API_TOKEN = "local-api-token";

let dev: Awaited<ReturnType<typeof startDev>>;
beforeAll(async () => {
  const limit = { REQUESTS_PER_DAY: "20", REQUESTS_PER_DAY_MODE: "enforce" };
  dev = await startDev({ ...limit, API_TOKEN });
});
afterAll(() => dev.stop());

const simulate = (...args: string[]) => runTool("simulate", [...args, "--url", dev.url]);

const friendsOf = (user: string) =>
  dev.sql(
    "SELECT friend_id, deleted_at IS NULL AS current, initiator_id, source, admin_id, forced " +
      `FROM friends WHERE user_id = '${user}'`,
  );

/** The figures that traffic prints, by their names. */
function figuresIn(stdout: string): Record<string, number> {
  const lines = stdout.matchAll(/^(\w[\w ]*?) {2,}(\d+) {2}\S/gm);
  return Object.fromEntries([...lines].map(([, name, count]) => [name, Number(count)]));
}

/** The tables that have a text in some row. */
async function tablesWith(text: string): Promise<string[]> {
  const names = await dev.sql(
    "SELECT name FROM sqlite_schema WHERE type = 'table' " +
      "AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB 'd1_*'",
  );
  const found: string[] = [];
  for (const { name = "" } of names) {
    const rows = await dev.sql(`SELECT * FROM "${name}"`);
    if (rows.some((row) => Object.values(row).some((value) => inJson(value).includes(text)))) {
      found.push(name);
    }
  }
  return found.sort();
}

/** An id is quoted as it is in the body of a dead letter. */
const inJson = (value: unknown) => (String(value).startsWith("{") ? String(value) : `"${value}"`);

describe("a friendship", () => {
  it("comes and goes in both directions", async ({ expect }) => {
    const added = await simulate("friend-add", "alice", "bob");
    expect(added).toMatchObject({ code: 0, stderr: "" });
    expect(added.stdout).toContain(`SdkAppid=${APP_ID}`);
    expect(added.stdout).toContain('{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}');
    expect(added.stdout).toContain("protocol  allows this reply");
    expect(added.stdout).not.toContain(TOKEN);
    const friend = { initiator_id: "alice", source: "friend_add", admin_id: null, forced: 0 };
    await vi.waitFor(async () => {
      expect(await friendsOf("alice")).toEqual([{ friend_id: "bob", current: 1, ...friend }]);
      expect(await friendsOf("bob")).toEqual([{ friend_id: "alice", current: 1, ...friend }]);
    }, PATIENCE);

    expect((await simulate("friend-delete", "alice", "bob", "--old")).stdout).toContain(
      '"TimeStamp":',
    );
    await vi.waitFor(async () => {
      expect(await friendsOf("alice")).toMatchObject([{ friend_id: "bob", current: 0 }]);
      expect(await friendsOf("bob")).toMatchObject([{ friend_id: "alice", current: 0 }]);
    }, PATIENCE);
  });

  it("is made one way, by an admin and by force", async ({ expect }) => {
    const { code, stdout } = await simulate(
      ...["friend-add", "carol", "dave", "--one-way", "--admin", "root", "--force"],
      ...["--client-cmd", "FriendResponse", "--initiator", "dave"],
      ...["--platform", "RESTAPI", "--ip", "192.0.2.1"],
    );
    expect(code).toBe(0);
    expect(stdout).toContain("&ClientIP=192.0.2.1&OptPlatform=RESTAPI&");
    await vi.waitFor(async () => {
      expect(await friendsOf("carol")).toEqual([
        {
          friend_id: "dave",
          current: 1,
          initiator_id: "dave",
          source: "friend_response",
          admin_id: "root",
          forced: 1,
        },
      ]);
    }, PATIENCE);
    expect(await friendsOf("dave")).toEqual([]);
  });
});

describe("a blacklist", () => {
  it("has a user, and no more", async ({ expect }) => {
    const blacklistOf = (user: string) =>
      dev.sql(
        "SELECT blocked_id, deleted_at IS NULL AS current FROM blacklist " +
          `WHERE user_id = '${user}'`,
      );
    const added = await simulate("blacklist-add", "fred", "pest");
    expect(added).toMatchObject({ code: 0, stderr: "" });
    expect(added.stdout).toContain(
      '{"CallbackCommand":"Sns.CallbackBlackListAdd","PairList":[{"From_Account":"fred","To_Account":"pest"}]}',
    );
    expect(added.stdout).toContain("protocol  allows this reply after an action");
    await vi.waitFor(async () => {
      expect(await blacklistOf("fred")).toEqual([{ blocked_id: "pest", current: 1 }]);
    }, PATIENCE);

    const deleted = await simulate("blacklist-delete", "fred", "pest");
    expect(deleted.code).toBe(0);
    expect(deleted.stdout).toContain('{"CallbackCommand":"Sns.CallbackBlackListDelete"');
    await vi.waitFor(async () => {
      expect(await blacklistOf("fred")).toEqual([{ blocked_id: "pest", current: 0 }]);
    }, PATIENCE);
    expect(await blacklistOf("pest")).toEqual([]);
  });
});

describe("a reply", () => {
  it("to a friend request is read item by item, and its exit code says that one is refused", async ({
    expect,
  }) => {
    await dev.rule("user:hermit", "nobody is to ask");
    const { code, stdout } = await simulate(
      ...["friend-request", "ann", "bob", "hermit", "--requester", "eve", "--wording", "hi"],
      ...["--source", "Search", "--one-way", "--remark", "mate", "--group", "work"],
    );
    expect(code).toBe(1);
    expect(stdout).toContain('"Requester_Account":"eve","From_Account":"ann","FriendItem":[');
    expect(stdout).toContain(
      '{"To_Account":"bob","Remark":"mate","GroupName":"work","AddSource":"AddSource_Type_Search",' +
        '"AddWording":"hi"}',
    );
    expect(stdout).toContain('"AddType":"Add_Type_Single","ForceAddFlags":0,"EventTime":');
    expect(stdout).toContain("1 of 2 items blocked");
    expect(stdout).toContain("passes   bob (ResultCode 0)");
    expect(stdout).toContain("BLOCKED  hermit (ResultCode 38000)");
    expect(stdout).toContain("protocol  allows this reply before an action");

    const passes = await simulate("friend-request", "ann", "bob", "--old", "--json");
    expect(passes.code).toBe(0);
    expect(JSON.parse(passes.stdout)).toMatchObject({
      items: [{ account: "bob", blocked: false }],
    });
  });

  it("to a friend response is read item by item", async ({ expect }) => {
    const { code, stdout } = await simulate(
      ...["friend-response", "alice", "bob", "carol", "--action", "Agree", "--requester", "eve"],
    );
    expect(code).toBe(0);
    expect(stdout).toContain('"Requester_Account":"eve","From_Account":"alice"');
    expect(stdout).toContain('"ResponseAction":"Response_Action_Agree"');
    expect(stdout).toContain('"EventTime":');
    expect(stdout).toContain("0 of 2 items blocked");
    expect(stdout).toContain("passes   bob (ResultCode 0)");
  });

  it("to the console's check of the URL is OK", async ({ expect }) => {
    const { code, stdout } = await simulate("probe");
    expect(code).toBe(0);
    expect(stdout).not.toContain("CallbackCommand");
    expect(stdout).toContain("protocol  allows this reply");
  });

  it("that refuses a wrong token is not what the protocol allows", async ({ expect }) => {
    const args = ["friend-response", "a", "b", "--url", dev.url];
    const { code, stdout, stderr } = await runTool("simulate", args, { CALLBACK_TOKEN: "wrong" });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^friendgate: HTTP 401\n {2}→ check that CALLBACK_TOKEN is the deployment's/,
    );
    expect(stdout).toContain("the callback counts as failed, and the action passes");
    expect(stdout).toContain(
      "does not allow this reply before an action: HTTP status 401 is not 200",
    );
  });

  it("to a file that is no callback says FAIL, and what is not JSON is no callback at all", async ({
    expect,
  }) => {
    const file = join(dev.folder, "body.json");
    await writeFile(file, '{"CallbackCommand":"Sns.CallbackFriendAdd","PairList":7}');
    const { code, stdout } = await simulate("raw", file);
    expect(code).toBe(1);
    expect(stdout).toContain('"ActionStatus":"FAIL","ErrorCode":1,');
    expect(stdout).toContain("protocol  allows this reply");

    await writeFile(file, "not JSON");
    const named = await simulate("raw", file, "--command", "Sns.CallbackFriendDelete");
    expect(named.code).toBe(1);
    expect(named.stdout).toContain("malformed body: not JSON");
    expect(named.stdout).toContain(
      "protocol  has no such callback: the body that was sent is not JSON",
    );
    expect(named.stdout).not.toContain("allows");
  });

  it("that never comes counts as failed", async ({ expect }) => {
    const { code, stdout } = await runTool("simulate", [
      ...["probe", "--url", "http://127.0.0.1:1/"],
    ]);
    expect(code).toBe(3);
    expect(stdout).toContain("reply     none: ");
  });

  it("is JSON for a script, without the Sign, and its exit code says what became of it", async ({
    expect,
  }) => {
    const passes = await simulate("friend-response", "alice", "bob", "--json");
    expect(passes).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(passes.stdout)).toMatchObject({
      reply: { status: 200, body: expect.stringContaining('"ResultCode":0') },
      outcome: "decided",
      items: [{ account: "bob", blocked: false }],
      problems: [],
    });
    expect(passes.stdout).not.toContain("Sign");

    await dev.rule("user:spammer", "no spam");
    const blocked = await simulate("friend-response", "alice", "spammer", "--json");
    expect(blocked.code).toBe(1);
    expect(JSON.parse(blocked.stdout)).toMatchObject({
      items: [{ account: "spammer", blocked: true, code: 38_000 }],
    });
  });
});

describe("what the simulator is asked for", () => {
  it.for([
    [
      ["friend-response", "a", "b", "--action", "ignore"],
      "Allowed choices are Agree, AgreeAndAdd, Reject",
    ],
    [["probe", "--url", "ftp://example.com"], "must be a URL"],
    [["traffic", "--duplicates", "200%"], "percentage from 0% to 100%"],
    [["traffic", "--prefix", "It's"], "1 to 12 small letters and digits"],
    [
      ["traffic", "--url", "https://friendgate.example"],
      "set API_TOKEN in the environment or give --remote",
    ],
    [["friend-add", "alice", "alice"], "alice is both of them: Tencent sends no such callback"],
    [["friend-request", "alice", "bob", "alice"], "alice is both of them"],
    [["blacklist-add", "alice", "alice"], "alice is both of them"],
    [["blacklist-add", "alice", "bob", "--one-way"], "unknown option '--one-way'"],
    [["friend-request", "alice"], "missing required argument 'responders'"],
    [["friend-request", "alice", "bob", "--action", "Agree"], "unknown option '--action'"],
    [["traffic", "--spammers", "many"], "a whole number from 0 to 10000"],
    [["friend-delete", "alice", "alice"], "to send it all the same, add --yes"],
    [["friend-response", "alice", "bob", "alice"], "alice is both of them"],
    [["probe", "--token", "secret"], "unknown option '--token'"],
    [["traffic", "--api-token", "secret"], "unknown option '--api-token'"],
  ] as const)("is refused in words: %j", async ([args, words], { expect }) => {
    const { code, stdout, stderr } = await runTool("simulate", args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(words);
  });

  it("is sent where a user is their own friend and that is meant", async ({ expect }) => {
    const { code, stdout } = await simulate("friend-add", "eve", "eve", "--yes");
    expect(code).toBe(0);
    expect(stdout).toContain('"From_Account":"eve","To_Account":"eve"');
  });

  it("is told where a file cannot be read", async ({ expect }) => {
    const { code, stderr } = await runTool("simulate", ["raw", "no-such-file"]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^friendgate: ENOENT.*\n {2}→ see whether the path is right/);
  });

  it("is explained by --help", async ({ expect }) => {
    const { code, stdout } = await runTool("simulate", ["traffic", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("What the truth is:");
  });
});

describe("traffic", () => {
  // Few at once: on a busy machine, many would wait longer than Tencent does.
  const small = [
    ...["--users", "30", "--events", "300", "--rate", "100"],
    ...["--concurrency", "4", "--patience", "1"],
  ];
  const traffic = (...args: string[]) =>
    simulate("traffic", ...small, "--persist-to", dev.folder, ...args);

  it("ends in tables that are equal to the truth", async ({ expect }) => {
    // One of two spammers has a rule. How soon the other one gets the quota's is the local queue's affair.
    await dev.rule(`applicant:${encodeURIComponent("truth%2F30/?&=+")}`, "spam");
    const { code, stdout } = await traffic(
      ...["--prefix", "truth", "--duplicates", "20%", "--reorder", "20%"],
      ...["--spammers", "2", "--spam", "60"],
    );
    expect(stdout).toMatch(/^sent +\d{3} {2}callbacks, in [\d.]+ s: p50 /);
    const figures = figuresIn(stdout);
    expect(figures).toMatchObject({ failed: 0, missing: 0, extra: 0, stale: 0 });
    expect(figures).toMatchObject({ unrecorded: 0, invented: 0 });
    const { friendships, blacklisted, recorded } = figures;
    expect([friendships, blacklisted, recorded].every((count) => Number(count) > 0)).toBe(true);
    // Nobody else asks as many as the quota is.
    expect(figures["by mistake"]).toBe(0);
    expect(figures.caught).toBeGreaterThan(0);
    expect(figures.refused).toBeGreaterThanOrEqual(60);
    expect(stdout).toMatch(/spammers of 2 refused, in \d+ of 120 requests, after 0 to \d+ that/);
    expect(code).toBe(0);

    // The command that it prints leaves nothing of its users, in any table.
    const [, removal = ""] = /\nTo remove .*:\n(npx .*)\n/.exec(stdout) ?? [];
    const prefix = "truth";
    expect(await tablesWith(prefix)).toEqual([
      ...["blacklist", "friend_requests", "friend_responses", "friends"],
      ...["quota_blocks", "request_counts"],
    ]);
    const event = JSON.stringify({ type: "friends-added", pairs: [[`${prefix}1`, `${prefix}2`]] });
    await dev.sql(
      `INSERT INTO dead_letters (id, first_at, last_at, attempts, reason, body)
       VALUES ('of-the-run', 1, 1, 1, 'exhausted', '${event}'),
              ('of-others', 1, 1, 1, 'exhausted', '{"a":"x${prefix}"}')`,
    );
    expect(await runCommand("sh", ["-c", removal])).toMatchObject({ code: 0 });
    expect(await tablesWith(`"${prefix}`)).toEqual([]);
    expect(await tablesWith(prefix)).toEqual(["dead_letters"]);
  });

  it("finds by the read API, too, what broken tables have lost, made up and kept", async ({
    expect,
  }) => {
    const args = ["traffic", ...small, "--events", "150", "--prefix", "broken", "--url", dev.url];
    const byApi = () => runTool("simulate", args, { API_TOKEN });
    // Some additions are lost, some bring a friend that nobody spoke of, and no deletion counts.
    await dev.sql(
      `CREATE TRIGGER loses AFTER INSERT ON friends WHEN new.friend_id LIKE '%1' BEGIN
        DELETE FROM friends WHERE user_id = new.user_id AND friend_id = new.friend_id;
      END`,
      `CREATE TRIGGER makes_up AFTER INSERT ON friends WHEN new.friend_id LIKE '%2' BEGIN
        INSERT OR IGNORE INTO friends (user_id, friend_id, order_key, added_at)
        VALUES (new.user_id, 'nobody', 1, 1);
      END`,
      "CREATE TRIGGER keeps BEFORE UPDATE ON friends BEGIN SELECT RAISE(IGNORE); END",
      `CREATE TRIGGER loses_blocked AFTER INSERT ON blacklist BEGIN
        DELETE FROM blacklist WHERE user_id = new.user_id AND blocked_id = new.blocked_id;
      END`,
      `CREATE TRIGGER forgets AFTER INSERT ON friend_requests WHEN new.responder_id LIKE '%1' BEGIN
        DELETE FROM friend_requests WHERE call_id = new.call_id AND item = new.item;
      END`,
      `CREATE TRIGGER invents AFTER INSERT ON friend_responses WHEN new.item = 0 BEGIN
        INSERT INTO friend_responses (at, call_id, item, responder_id, applicant_id, action, code)
        VALUES (new.at, new.call_id, 99, new.responder_id, new.applicant_id, new.action, 0);
      END`,
    );
    try {
      const { code, stdout } = await byApi();
      const { missing, extra, stale, unrecorded, invented } = figuresIn(stdout);
      const counts = [missing, extra, stale, unrecorded, invented];
      expect(counts.every((count) => Number(count) > 0)).toBe(true);
      expect(stdout).toMatch(/\n {2}extra in friends: \["broken.*","nobody"\]\n/);
      expect(stdout).toMatch(/\n {2}missing in blacklist: \["broken.*","broken.*"\]\n/);
      expect(code).toBe(1);

      const again = await byApi();
      expect(again.code).toBe(2);
      expect(again.stderr).toContain("have users that start with broken already");
    } finally {
      const triggers = ["loses", "makes_up", "keeps", "loses_blocked", "forgets", "invents"];
      await dev.sql(...triggers.map((name) => `DROP TRIGGER ${name}`));
    }
  });

  it("says that a deployment has no read API, before anything is sent", async ({ expect }) => {
    const args = ["traffic", ...small, "--url", dev.url];
    const { code, stderr } = await runTool("simulate", args, { API_TOKEN: "unknown to it" });
    expect(stderr).toMatch(/the read API answers HTTP \d+\n {2}→ check API_TOKEN; without it/);
    expect(code).toBe(3);
  });

  it("says once that nobody answers, and prints nothing else", async ({ expect }) => {
    const args = ["traffic", ...small, "--url", "http://127.0.0.1:1"];
    const { code, stdout, stderr } = await runTool("simulate", args);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toMatch(
      /^friendgate: .* does not answer: .*\n {2}→ start it \(npm start\).*\n$/,
    );
  });

  it("says what to check where its callbacks are refused", async ({ expect }) => {
    const args = ["traffic", ...small, "--url", dev.url];
    const { code, stdout, stderr } = await runTool("simulate", args, { CALLBACK_TOKEN: "wrong" });
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toMatch(/refuses callbacks with HTTP 401\n {2}→ check that CALLBACK_TOKEN/);
  });

  describe("against a server that fails", () => {
    let failing: Server;
    beforeAll(async () => {
      failing = createServer((_, response) => response.writeHead(500).end());
      await new Promise<void>((resolve) => failing.listen(0, "127.0.0.1", resolve));
    });
    afterAll(() => failing.close());

    it("does not pretend to know the table", async ({ expect }) => {
      const url = `http://127.0.0.1:${(failing.address() as AddressInfo).port}`;
      const { code, stdout } = await runTool("simulate", [
        ...["traffic", ...small, "--persist-to", dev.folder, "--url", url],
      ]);
      const figures = figuresIn(stdout);
      expect(figures).toMatchObject({ OK: 0, missing: 0, extra: 0, stale: 0 });
      expect(figures.failed).toBeGreaterThan(0);
      expect(figures["not compared"]).toBeGreaterThan(0);
      expect(stdout).not.toContain("DELETE");
      expect(code).toBe(1);
    });
  });
});
