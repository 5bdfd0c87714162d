import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { runCommand, runTool, startDev } from "../support/commands.ts";
import { APP_ID, TOKEN } from "../support/tencent.ts";

let dev: Awaited<ReturnType<typeof startDev>>;
beforeAll(async () => {
  dev = await startDev();
});
afterAll(() => dev.stop());

const simulate = (...args: string[]) => runTool("simulate", [...args, "--url", dev.url]);

async function friendsOf(user: string): Promise<object[]> {
  const printed = await dev.sql(
    "SELECT friend_id, deleted_at IS NULL AS current, initiator_id, source, admin_id, forced " +
      `FROM friends WHERE user_id = '${user}'`,
  );
  const [{ results }] = JSON.parse(printed.slice(printed.indexOf("[\n")));
  return results;
}

/** The figures that traffic prints, by their names. */
function figuresIn(stdout: string): Record<string, number> {
  const lines = stdout.matchAll(/^(\w[\w ]*?) {2,}(\d+) {2}\S/gm);
  return Object.fromEntries([...lines].map(([, name, count]) => [name, Number(count)]));
}

/** The tables that have a text in some row. */
async function tablesWith(text: string): Promise<string[]> {
  const names = await rowsOf(
    "SELECT name FROM sqlite_schema WHERE type = 'table' " +
      "AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB 'd1_*'",
  );
  const found: string[] = [];
  for (const { name = "" } of names) {
    const rows = await rowsOf(`SELECT * FROM "${name}"`);
    if (rows.some((row) => Object.values(row).some((value) => inJson(value).includes(text)))) {
      found.push(name);
    }
  }
  return found.sort();
}

/** An id is quoted as it is in the body of a dead letter. */
const inJson = (value: unknown) => (String(value).startsWith("{") ? String(value) : `"${value}"`);

async function rowsOf(sql: string): Promise<Record<string, string>[]> {
  const printed = await dev.sql(sql);
  return JSON.parse(printed.slice(printed.indexOf("[\n")))[0].results;
}

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
    }, 20_000);

    expect((await simulate("friend-delete", "alice", "bob", "--old")).stdout).toContain(
      '"TimeStamp":',
    );
    await vi.waitFor(async () => {
      expect(await friendsOf("alice")).toMatchObject([{ friend_id: "bob", current: 0 }]);
      expect(await friendsOf("bob")).toMatchObject([{ friend_id: "alice", current: 0 }]);
    }, 20_000);
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
    }, 20_000);
    expect(await friendsOf("dave")).toEqual([]);
  });
});

describe("a reply", () => {
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
    [["friend-add", "alice", "alice"], "alice cannot be their own friend"],
    [["friend-delete", "alice", "alice"], "to send it all the same, add --yes"],
    [["friend-response", "alice", "bob", "alice"], "alice cannot be their own friend"],
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

  it("ends in a table that is equal to the truth", async ({ expect }) => {
    const { code, stdout } = await traffic("--duplicates", "20%", "--reorder", "20%");
    expect(stdout).toMatch(/^sent +\d{3} {2}callbacks, in [\d.]+ s: p50 /);
    expect(figuresIn(stdout)).toMatchObject({ failed: 0, missing: 0, extra: 0, stale: 0 });
    expect(figuresIn(stdout).friendships).toBeGreaterThan(0);
    expect(code).toBe(0);

    // The command that it prints leaves nothing of its users, in any table.
    const [, removal = ""] = /\nTo remove .*:\n(npx .*)\n/.exec(stdout) ?? [];
    const [, prefix = ""] = /'(sim\w+)'/.exec(removal) ?? [];
    expect(await tablesWith(prefix)).toEqual(["friend_responses", "friends"]);
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

  it("finds what a broken table has lost, made up and kept", async ({ expect }) => {
    // Some additions are lost, some bring a friend that nobody spoke of, and no deletion counts.
    await dev.sql(`
      CREATE TRIGGER loses AFTER INSERT ON friends WHEN new.friend_id LIKE '%1' BEGIN
        DELETE FROM friends WHERE user_id = new.user_id AND friend_id = new.friend_id;
      END;
      CREATE TRIGGER makes_up AFTER INSERT ON friends WHEN new.friend_id LIKE '%2' BEGIN
        INSERT OR IGNORE INTO friends (user_id, friend_id, order_key, added_at)
        VALUES (new.user_id, 'nobody', 1, 1);
      END;
      CREATE TRIGGER keeps BEFORE UPDATE ON friends BEGIN SELECT RAISE(IGNORE); END;`);
    try {
      const { code, stdout } = await traffic("--prefix", "broken");
      const { missing, extra, stale } = figuresIn(stdout);
      expect([missing, extra, stale].every((count) => Number(count) > 0)).toBe(true);
      expect(stdout).toMatch(/\n {2}extra: \["broken.*","nobody"\]\n/);
      expect(code).toBe(1);

      const again = await traffic("--prefix", "broken");
      expect(again.code).toBe(2);
      expect(again.stderr).toContain("has users that start with broken already");
    } finally {
      await dev.sql("DROP TRIGGER loses; DROP TRIGGER makes_up; DROP TRIGGER keeps;");
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
