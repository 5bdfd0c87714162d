import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { runTool, startDev } from "../support/commands.ts";
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
      ...["friend-response", "alice", "bob", "carol", "--action", "agree", "--requester", "eve"],
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
    const { code, stdout } = await runTool("simulate", args, { CALLBACK_TOKEN: "wrong" });
    expect(code).toBe(1);
    expect(stdout).toContain("the callback counts as failed, and the action passes");
    expect(stdout).toContain("does not allow this reply: HTTP status 401 is not 200");
  });

  it("to a file that is no callback says FAIL, which the protocol allows", async ({ expect }) => {
    const file = join(dev.folder, "body.json");
    await writeFile(file, '{"CallbackCommand":"Sns.CallbackFriendAdd","PairList":7}');
    const { code, stdout } = await simulate("raw", file);
    expect(code).toBe(0);
    expect(stdout).toContain('"ActionStatus":"FAIL","ErrorCode":1,');

    await writeFile(file, "not JSON");
    const named = await simulate("raw", file, "--command", "Sns.CallbackFriendDelete");
    expect(named.code).toBe(0);
    expect(named.stdout).toContain("malformed body: not JSON");
  });

  it("that never comes counts as failed", async ({ expect }) => {
    const { code, stdout } = await runTool("simulate", [
      ...["probe", "--url", "http://127.0.0.1:1/"],
    ]);
    expect(code).toBe(1);
    expect(stdout).toContain("reply     none: ");
  });
});

describe("what the simulator is asked for", () => {
  it.for([
    [["friend-response", "a", "b", "--action", "ignore"], "Allowed choices are agree-and-add"],
    [["probe", "--url", "ftp://example.com"], "must be a URL"],
    [["traffic", "--duplicates", "200%"], "percentage from 0% to 100%"],
    [["traffic", "--prefix", "It's"], "1 to 12 small letters and digits"],
    [
      ["traffic", "--url", "https://friendgate.example"],
      "set API_TOKEN in the environment or give --remote",
    ],
    [["raw", "no-such-file"], "no such file"],
    [["probe", "--token", "secret"], "unknown option '--token'"],
    [["traffic", "--api-token", "secret"], "unknown option '--api-token'"],
  ] as const)("is refused in words: %j", async ([args, words], { expect }) => {
    const { code, stderr } = await runTool("simulate", args);
    expect(code).toBe(1);
    expect(stderr).toContain(words);
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
    expect(stdout).toMatch(/sent \d{3}, OK (\d{3}), failed 0 \| p50 /);
    expect(stdout).toMatch(/\n[1-9]\d* friendships by the truth\n/);
    expect(stdout).toContain("missing 0, extra 0, stale 0\n");
    expect(code).toBe(0);
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
      expect(stdout).toContain("\nmissing ");
      const counts = /missing (\d+), extra (\d+), stale (\d+)/.exec(stdout)?.slice(1).map(Number);
      expect(counts?.every((count) => count > 0)).toBe(true);
      expect(stdout).toMatch(/\n {2}extra: \["broken.*","nobody"\]\n/);
      expect(code).toBe(1);

      const again = await traffic("--prefix", "broken");
      expect(again.code).toBe(1);
      expect(again.stderr).toContain("has users that start with broken already");
    } finally {
      await dev.sql("DROP TRIGGER loses; DROP TRIGGER makes_up; DROP TRIGGER keeps;");
    }
  });

  it("says that a deployment has no read API, before anything is sent", async ({ expect }) => {
    const args = ["traffic", ...small, "--url", dev.url];
    const { code, stderr } = await runTool("simulate", args, { API_TOKEN: "unknown to it" });
    expect(stderr).toMatch(/the read API answers HTTP \d+; without API_TOKEN, D1 is read/);
    expect(code).toBe(1);
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
      expect(stdout).toMatch(/OK 0, failed [1-9]/);
      expect(stdout).toMatch(/missing 0, extra 0, stale 0, not compared [1-9]/);
      expect(code).toBe(1);
    });
  });
});
