import { env } from "cloudflare:workers";
import { describe, it } from "vitest";
import { RULE_KINDS } from "../../src/blocklist/key.ts";
import { logLines } from "../support/log.ts";
import { friendRequest, friendResponse, QUESTIONS } from "../support/tencent.ts";
import { callback, envWith, heldQueue } from "../support/worker.ts";

/** The real blocklist, and the keys of each bulk read that the Worker makes of it. */
function countedBlocklist() {
  const reads: string[][] = [];
  return {
    reads,
    get(keys: string[], type: "text") {
      reads.push(keys);
      return env.BLOCKLIST.get(keys, type);
    },
  };
}

async function answer(
  body: object,
  { kinds = RULE_KINDS.join(","), ip = "192.0.2.1", platform = "Web" } = {},
) {
  const { reply } = await callback(body, {
    env: envWith({ BLOCKLIST_KINDS: kinds }),
    query: { ClientIP: ip, OptPlatform: platform },
  });
  return (reply.ResultItem ?? []).map(({ To_Account, ResultCode, ResultInfo }) =>
    ResultCode === 0 ? To_Account : `${To_Account} ${ResultCode} ${ResultInfo}`,
  );
}

describe.for(QUESTIONS)("before a friend $what a callback costs", ({ what, ask }) => {
  it.for<[kinds: string | undefined, items: number, keys: number, reads: number]>([
    [undefined, 1, 3, 1],
    ["user", 1, 2, 1],
    ["pair", 1, 1, 1],
    ["responder", 1, 1, 1],
    ["applicant", 1, 1, 1],
    ["ip", 1, 1, 1],
    ["user,pair", 1, 3, 1],
    ["user,ip", 1, 3, 1],
    ["responder,applicant", 1, 2, 1],
    ["responder,applicant,pair", 1, 3, 1],
    ["user,pair,ip", 1, 4, 1],
    ["user,responder,applicant,pair,ip", 1, 6, 1],
    ["user,pair", 10, 21, 1],
    ["user,pair", 49, 99, 1],
    ["user,pair", 50, 101, 2],
    ["ip", 50, 1, 1],
    ["user,pair", 0, 0, 0],
    ["ip", 0, 0, 0],
  ])(
    "with BLOCKLIST_KINDS=%s and %i items: %i keys in %i reads",
    async ([kinds, items, keys, reads], { expect }) => {
      const blocklist = countedBlocklist();
      const others = Array.from({ length: items }, (_, index) => `other${index}`);
      await callback(ask("alice", others), {
        env: envWith({ BLOCKLIST: blocklist, BLOCKLIST_KINDS: kinds }),
      });
      expect(blocklist.reads.flat()).toHaveLength(keys);
      expect(blocklist.reads).toHaveLength(reads);
    },
  );

  it("one key more for each role of a requester who is somebody else", async ({ expect }) => {
    const blocklist = countedBlocklist();
    const kinds = "user,responder,applicant,pair";
    const workerEnv = envWith({ BLOCKLIST: blocklist, BLOCKLIST_KINDS: kinds });
    await callback(ask("alice", ["bob"], "carol"), { env: workerEnv });
    const [role, other] =
      what === "request" ? ["applicant", "responder"] : ["responder", "applicant"];
    expect(blocklist.reads.map((keys) => keys.toSorted())).toEqual([
      [
        what === "request" ? "pair:bob:alice" : "pair:alice:bob",
        ...["user:alice", "user:bob", "user:carol"],
        ...[`${role}:alice`, `${role}:carol`, `${other}:bob`],
      ].sort(),
    ]);
  });

  it("each key once, however often an item is repeated", async ({ expect }) => {
    const blocklist = countedBlocklist();
    const workerEnv = envWith({ BLOCKLIST: blocklist });
    await callback(ask("alice", ["bob", "bob", "alice"]), { env: workerEnv });
    expect(blocklist.reads.flat().sort()).toEqual([
      "pair:alice:alice",
      what === "request" ? "pair:bob:alice" : "pair:alice:bob",
      "user:alice",
      "user:bob",
    ]);
  });

  it("as much with a thousand rules as with none", async ({ expect }) => {
    const rules = Array.from({ length: 1_000 }, (_, index) => `user:spammer${index}`);
    await Promise.all(rules.map((key) => env.BLOCKLIST.put(key, "spam")));
    const blocklist = countedBlocklist();
    const { reply } = await callback(ask("alice", ["spammer999"]), {
      env: envWith({ BLOCKLIST: blocklist }),
    });
    expect(reply.ResultItem).toMatchObject([{ ResultCode: 38000, ResultInfo: "spam" }]);
    expect(blocklist.reads.map((keys) => keys.length)).toEqual([3]);
  });
});

describe("a rule in KV", () => {
  it.for<[key: string, refused: boolean]>([
    ["pair:alice:bob", true],
    ["pair:bob:alice", false],
    ["user:alice", true],
    ["user:bob", true],
    ["user:carol", true],
    ["responder:alice", true],
    ["responder:carol", true],
    ["responder:bob", false],
    ["applicant:bob", true],
    ["applicant:alice", false],
    ["ip:192.0.2.1", true],
    ["ip:192.0.2.2", false],
  ])("%s refuses what carol answers to bob for alice: %s", async ([key, refused], { expect }) => {
    await env.BLOCKLIST.put(key, "no");
    expect(await answer(friendResponse("alice", ["bob"], "carol"))).toEqual([
      refused ? "bob 38000 no" : "bob",
    ]);
  });

  it.for<[key: string, refused: boolean]>([
    ["pair:alice:bob", true],
    ["pair:bob:alice", false],
    ["user:alice", true],
    ["user:bob", true],
    ["user:carol", true],
    ["responder:alice", true],
    ["responder:carol", false],
    ["responder:bob", false],
    ["applicant:bob", true],
    ["applicant:carol", true],
    ["applicant:alice", false],
    ["ip:192.0.2.1", true],
    ["ip:192.0.2.2", false],
  ])("%s refuses what carol asks of alice for bob: %s", async ([key, refused], { expect }) => {
    await env.BLOCKLIST.put(key, "no");
    expect(await answer(friendRequest("bob", ["alice"], "carol"))).toEqual([
      refused ? "alice 38000 no" : "alice",
    ]);
  });

  it.for<[rule: object, request: string, response: string]>([
    [
      {},
      "alice 38000 This friend request is not allowed.",
      "bob 38000 This friend response is not allowed.",
    ],
    [{ actions: ["Request"], reason: "no" }, "alice 38000 no", "bob"],
    [{ actions: ["Agree", "AgreeAndAdd"], reason: "no" }, "alice", "bob 38000 no"],
    [
      { actions: ["Request", "AgreeAndAdd"], code: 38_100, reason: "" },
      "alice 38100 ",
      "bob 38100 ",
    ],
    [{ mode: "observe" }, "alice", "bob"],
    [{ mode: "allow" }, "alice", "bob"],
  ])(
    "%j about the applicant answers %j to a request, and %j to its acceptance",
    async ([rule, request, response], { expect }) => {
      await env.BLOCKLIST.put("applicant:bob", JSON.stringify(rule));
      expect(await answer(friendRequest("bob", ["alice"]))).toEqual([request]);
      expect(await answer(friendResponse("alice", ["bob"]))).toEqual([response]);
    },
  );

  it("is not looked up where BLOCKLIST_KINDS leaves its kind out", async ({ expect }) => {
    for (const key of ["applicant:bob", "responder:alice", "ip:192.0.2.1"]) {
      await env.BLOCKLIST.put(key, "no");
    }
    expect(await answer(friendResponse("alice", ["bob"]), { kinds: "user,pair" })).toEqual(["bob"]);
  });

  it.for<[key: string, clientIp: string]>([
    ["ip:2001%3Adb8%3A%3A1", "2001:db8::1"],
    ["ip:2001%3Adb8%3A%3A1", "2001:0DB8:0:0:0:0:0:1"],
    ["ip:192.0.2.1", "::ffff:192.0.2.1"],
    ["ip:192.0.2.1", "::ffff:c000:201"],
  ])("%s refuses what comes from %s", async ([key, ip], { expect }) => {
    await env.BLOCKLIST.put(key, "no");
    expect(await answer(friendResponse("alice", ["bob"]), { ip })).toEqual(["bob 38000 no"]);
  });

  it("finds ids that need encoding", async ({ expect }) => {
    await env.BLOCKLIST.put("pair:a%3Ab:%E5%B0%8F%E6%98%8E", "no");
    expect(await answer(friendResponse("a:b", ["小明", "a:b"]))).toEqual(["小明 38000 no", "a:b"]);
  });

  it("applies to the actions and platforms that it names", async ({ expect }) => {
    await env.BLOCKLIST.put("user:bob", '{"actions":["Reject"],"platforms":["iOS"]}');
    const body = friendResponse("alice", [
      { To_Account: "bob", ResponseAction: "Response_Action_Reject" },
      { To_Account: "bob", ResponseAction: "Response_Action_Agree" },
    ]);
    expect(await answer(body, { platform: "IOS" })).toEqual([
      "bob 38000 This friend response is not allowed.",
      "bob",
    ]);
    expect(await answer(body, { platform: "Android" })).toEqual(["bob", "bob"]);
  });

  it("takes an action that is not documented for one that adds", async ({ expect }) => {
    await env.BLOCKLIST.put("user:bob", "no");
    const body = friendResponse("alice", [
      { To_Account: "bob", ResponseAction: "Response_Action_AgreeLater" },
    ]);
    expect(await answer(body)).toEqual(["bob 38000 no"]);
  });

  it("carries its end in KV, and holds until then", async ({ expect }) => {
    const expiration = Math.floor(Date.now() / 1000) + 3_600;
    await env.BLOCKLIST.put("user:bob", "no", { expiration });
    await env.BLOCKLIST.put("user:eve", "no", { expirationTtl: 3_600 });
    const { keys } = await env.BLOCKLIST.list();
    expect(keys.map((key) => key.expiration)).toEqual([expiration, expect.closeTo(expiration, -1)]);
    expect(await answer(friendResponse("alice", ["bob", "eve"]))).toEqual([
      "bob 38000 no",
      "eve 38000 no",
    ]);
  });

  it.for(['{"code":1}', '{"code":', "{}", '{"reason":"\\ud800"}', "x".repeat(100_000)])(
    "makes no reply invalid: %#",
    async (value, { expect }) => {
      await env.BLOCKLIST.put("user:bob", value);
      const { status, reply, response } = await callback(friendResponse("alice", ["bob", "eve"]));
      expect(status).toBe(200);
      expect((await response.text()).isWellFormed()).toBe(true);
      expect(reply.ResultItem?.map(({ ResultCode }) => ResultCode)).toEqual([38000, 0]);
      expect(reply.ResultItem?.every(({ ResultInfo }) => ResultInfo.isWellFormed())).toBe(true);
    },
  );

  it("under an account longer than any key costs no read, and spares the others", async ({
    expect,
  }) => {
    await env.BLOCKLIST.put("user:bob", "no");
    const long = "x".repeat(600);
    expect(await answer(friendResponse("alice", [long, "bob"]))).toEqual([long, "bob 38000 no"]);
  });
});

describe.for(QUESTIONS)("a rule that only observes a friend $what", ({ ask }) => {
  /** What the callback logs about alice and these others. */
  async function logOf(...others: string[]) {
    const { reply } = await callback(ask("alice", others), {
      env: envWith({ BLOCKLIST_KINDS: RULE_KINDS.join(","), ON_BLOCKLIST_ERROR: "block" }),
    });
    return { codes: reply.ResultItem?.map(({ ResultCode }) => ResultCode), lines: logLines() };
  }

  it("lets pass, and its code is logged without the account", async ({ expect }) => {
    await env.BLOCKLIST.put("user:bob", '{"mode":"observe","code":38200}');
    await env.BLOCKLIST.put("user:eve", '{"mode":"observe","code":38100}');
    await env.BLOCKLIST.put("user:mallory", "no");
    const { codes, lines } = await logOf("bob", "eve", "bob", "mallory");
    expect(codes).toEqual([0, 0, 0, 38000]);
    expect(lines).toMatchObject([
      { event: "decided", items: 4, refused: 1, observed: 3, observedCodes: "38100,38200" },
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/\b(?:bob|eve|mallory)\b/);
  });

  it("is not logged where nothing was observed", async ({ expect }) => {
    await env.BLOCKLIST.put("user:bob", '{"mode":"observe","actions":["Reject"]}');
    const { lines } = await logOf("bob");
    expect(lines[0]).not.toHaveProperty("observed");
  });
});

describe.for(QUESTIONS)("BLOCKLIST_MODE observe, before a friend $what", ({ what, ask: body }) => {
  const observe = { BLOCKLIST_MODE: "observe" };
  const ask = async (items: string[], settings: object = {}) => {
    const { reply } = await callback(body("me", items), {
      env: envWith({ ...observe, ...settings }),
    });
    return new Set((reply.ResultItem ?? []).map(({ ResultCode }) => ResultCode));
  };

  it("lets everything pass, and records what would have been refused", async ({ expect }) => {
    const FRIEND_EVENTS = heldQueue();
    await env.BLOCKLIST.put("user:spammer", "no");
    const pair = what === "request" ? "pair:friend:me" : "pair:me:friend";
    await env.BLOCKLIST.put(pair, JSON.stringify({ mode: "allow" }));
    await env.BLOCKLIST.put("user:friend", "broken {");
    const settings = { FRIEND_EVENTS, RECORD_RESPONSES: "blocked" };
    expect(await ask(["spammer", "friend", "other"], settings)).toEqual(new Set([0]));
    expect(logLines()[0]).toMatchObject({ event: "decided", refused: 0, observed: 1 });
    const outcome = [0, null, null, "user:spammer"];
    expect(FRIEND_EVENTS.messages).toMatchObject([
      what === "request"
        ? { requests: [[0, "spammer", ...outcome]] }
        : { responses: [[0, "spammer", "AgreeAndAdd", ...outcome]] },
    ]);
  });

  it("lets pass what could not be read, too, and what is too much", async ({ expect }) => {
    const BLOCKLIST = { get: () => Promise.reject(new Error("down")) };
    const settings = { BLOCKLIST, ON_BLOCKLIST_ERROR: "block" };
    expect(await ask(["anybody"], settings)).toEqual(new Set([0]));
    const many = Array.from({ length: 10_001 }, (_, n) => `user-${n}`);
    const BLOCKLIST_KINDS = what === "request" ? "applicant" : "responder";
    expect(await ask(many, { BLOCKLIST_KINDS })).toEqual(new Set([0]));
  });
});
