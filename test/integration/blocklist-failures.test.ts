import { env } from "cloudflare:workers";
import { describe, it, vi } from "vitest";
import { readRules } from "../../src/blocklist/read.ts";
import { afterMs } from "../support/clock.ts";
import { countedKv } from "../support/counted.ts";
import { logLines } from "../support/log.ts";
import {
  type Answer,
  callbackRequest,
  friendRequest,
  friendResponse,
  QUESTIONS,
} from "../support/tencent.ts";
import { callback, envWith, fetchInFront } from "../support/worker.ts";

const answer = (To_Account: string, action: string): Answer => ({
  To_Account,
  ResponseAction: `Response_Action_${action}`,
});
const body = friendResponse("alice", [
  answer("bob", "AgreeAndAdd"),
  answer("carol", "Reject"),
  answer("dave", "Agree"),
  answer("bob", "AgreeAndAdd"),
]);

const slow = () => new Promise(() => {});
const failures = {
  throws: () => {
    throw new Error("KV GET failed: 500");
  },
  rejects: () => Promise.reject(new TypeError("KV GET failed: 429")),
  "is slow": slow,
};

/** The real blocklist, where a bulk read fails as a whole when it has a key that cannot be read. */
function kvWithout(isUnreadable: (key: string) => boolean) {
  const kv = {
    reads: [] as string[][],
    async get(keys: string[], type: "text") {
      kv.reads.push(keys);
      if (keys.some(isUnreadable)) throw new Error("KV GET_BULK failed: 413");
      return env.BLOCKLIST.get(keys, type);
    },
  };
  return kv;
}

describe.for([
  ["allow", [0, 0, 0, 0]],
  ["block", [38_001, 0, 38_001, 38_001]],
  [undefined, [0, 0, 0, 0]],
] as const)("with ON_BLOCKLIST_ERROR = %s", ([onError, codes]) => {
  it.for([
    ["throws", "error", "Error"],
    ["rejects", "error", "TypeError"],
    ["is slow", "timeout", undefined],
  ] as const)(
    "every item is answered when KV %s",
    async ([failure, outcome, error], { expect }) => {
      const { status, reply } = await callback(body, {
        env: envWith({
          BLOCKLIST: { get: failures[failure] },
          BLOCKLIST_TIMEOUT_MS: "20",
          ON_BLOCKLIST_ERROR: onError,
        }),
      });
      expect(status).toBe(200);
      expect(reply).toMatchObject({ ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "" });
      expect(reply.ResultItem?.map(({ To_Account }) => To_Account)).toEqual([
        "bob",
        "carol",
        "dave",
        "bob",
      ]);
      expect(reply.ResultItem?.map(({ ResultCode }) => ResultCode)).toEqual(codes);
      expect(logLines()).toMatchObject([
        {
          event: "failed",
          reason: "undecided",
          undecided: 4,
          items: 4,
          refused: codes.filter((code) => code !== 0).length,
          blocklist: outcome,
          onBlocklistError: onError ?? "allow",
          ...(error && { error }),
        },
      ]);
    },
  );

  it.for([
    ["throws", "error"],
    ["is slow", "timeout"],
  ] as const)(
    "every friend request is answered when KV %s",
    async ([failure, outcome], { expect }) => {
      const { reply } = await callback(friendRequest("alice", ["bob", "carol", "bob"]), {
        env: envWith({
          BLOCKLIST: { get: failures[failure] },
          BLOCKLIST_TIMEOUT_MS: "20",
          ON_BLOCKLIST_ERROR: onError,
        }),
      });
      const [ResultCode] = codes;
      const ResultInfo =
        ResultCode === 0 ? "" : "The friend request cannot be checked now. Try again later.";
      expect(reply).toEqual({
        ...{ ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "" },
        ResultItem: ["bob", "carol", "bob"].map((To_Account) => ({
          To_Account,
          ResultCode,
          ResultInfo,
        })),
      });
      const refused = ResultCode === 0 ? 0 : 3;
      const counts = { undecided: 3, items: 3, refused, blocklist: outcome };
      expect(logLines()).toMatchObject([{ event: "failed", reason: "undecided", ...counts }]);
    },
  );

  it("a rule that was read holds, whatever could not be read", async ({ expect }) => {
    const many = ["spammer", ...Array.from({ length: 120 }, (_, index) => `friend${index}`)];
    await env.BLOCKLIST.put("user:spammer", "spam");
    // The first read of a hundred keys ends between the two of friend48.
    const undecided = many.slice(49);
    const readSecond = undecided
      .flatMap((id) => [`pair:alice:${id}`, `user:${id}`])
      .filter((key) => key !== "pair:alice:friend48");
    const { reply } = await callback(friendResponse("alice", many), {
      env: envWith({
        BLOCKLIST: kvWithout((key) => readSecond.includes(key)),
        ON_BLOCKLIST_ERROR: onError,
      }),
    });
    expect(reply.ResultItem?.map(({ ResultCode }) => ResultCode)).toEqual(
      many.map((id) => (id === "spammer" ? 38_000 : undecided.includes(id) ? codes[0] : 0)),
    );
    expect(logLines()).toMatchObject([
      { event: "failed", reason: "undecided", undecided: undecided.length, blocklist: "error" },
    ]);
  });
});

it.for<[thrown: unknown, logged: string]>([
  [new RangeError("secret"), "RangeError"],
  [new DOMException("secret", "AbortError"), "AbortError"],
  ["secret", "string"],
  [{ message: "secret" }, "object"],
  [undefined, "undefined"],
])("of what KV throws only the kind is logged: %o", async ([thrown, error], { expect }) => {
  await callback(body, { env: envWith({ BLOCKLIST: { get: () => Promise.reject(thrown) } }) });
  expect(logLines()).toMatchObject([{ event: "failed", blocklist: "error", error }]);
  expect(JSON.stringify(logLines())).not.toContain("secret");
});

describe("with KV at work", () => {
  it("the log says how long the blocklist took", async ({ expect }) => {
    vi.useFakeTimers();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const get = async () => {
      begin();
      await new Promise((resolve) => setTimeout(resolve, 250));
      return new Map();
    };
    const { response } = fetchInFront(
      await callbackRequest(friendResponse("alice", ["bob"])),
      envWith({ BLOCKLIST: { get } }),
    );
    await begun;
    await afterMs(250, response);
    expect(logLines()).toMatchObject([{ event: "decided", blocklist: "read", blocklistMs: 250 }]);
  });

  it("a decision in time is the blocklist's, whatever ON_BLOCKLIST_ERROR says", async ({
    expect,
  }) => {
    await env.BLOCKLIST.put("user:bob", "spam");
    const { reply } = await callback(body, { env: envWith({ ON_BLOCKLIST_ERROR: "block" }) });
    expect(reply.ResultItem?.map(({ ResultCode }) => ResultCode)).toEqual([38_000, 0, 0, 38_000]);
    expect(logLines()).toMatchObject([{ event: "decided", refused: 2, blocklist: "read" }]);
  });

  it("keys that cannot exist are not asked for", async ({ expect }) => {
    const kv = countedKv(env.BLOCKLIST);
    const { reply } = await callback(
      friendResponse("alice", ["x".repeat(129), "é".repeat(128), "\ud800"]),
      {
        env: envWith({ BLOCKLIST: kv.binding }),
      },
    );
    expect(reply.ResultItem?.map(({ ResultCode }) => ResultCode)).toEqual([0, 0, 0]);
    // user:alice, and user: and pair: of the one that is short enough, encoded too.
    expect(kv.count).toEqual({ operations: 1, keys: 3 });
  });

  it.for(QUESTIONS)(
    "what was odd in a friend $what is counted in the log",
    async ({ ask }, { expect }) => {
      await callback({ ...ask("alice", ["bob"]), From_Account: 7 });
      expect(logLines()).toMatchObject([{ event: "decided", items: 1, odd: 1 }]);
    },
  );

  it("a broken rule blocks, and is reported once", async ({ expect }) => {
    await env.BLOCKLIST.put("user:mallory", "{reason: no quotes}");
    for (let times = 0; times < 2; times += 1) {
      const { reply } = await callback(friendResponse("alice", ["mallory"]));
      expect(reply.ResultItem).toMatchObject([{ To_Account: "mallory", ResultCode: 38_000 }]);
    }
    const reports = logLines().filter(({ event }) => event === "broken-rule");
    expect(reports).toMatchObject([
      { kind: "user", keyHash: expect.stringMatching(/^[\da-f]{16}$/) },
    ]);
  });
});

describe("where only a part of the blocklist can be read", () => {
  const friends = (count: number) => Array.from({ length: count }, (_, index) => `friend${index}`);

  it("one value that cannot be read costs a few reads more, and frees nobody else", async ({
    expect,
  }) => {
    const many = friends(49);
    for (const id of many) await env.BLOCKLIST.put(`user:${id}`, "no");
    const kv = kvWithout((key) => key === "user:friend30");
    const { reply } = await callback(friendResponse("alice", many), {
      env: envWith({ BLOCKLIST: kv }),
    });
    expect(reply.ResultItem?.map(({ ResultCode }) => ResultCode)).toEqual(
      many.map((id) => (id === "friend30" ? 0 : 38_000)),
    );
    expect(kv.reads.length).toBeLessThanOrEqual(1 + 14);
  });

  it("a value of 25 MiB frees nobody but itself", async ({ expect }) => {
    await env.BLOCKLIST.put("user:bob", "no");
    await env.BLOCKLIST.put("user:huge", "x".repeat(25 * 1024 * 1024));
    const { reply } = await callback(friendResponse("alice", ["huge", "bob"]));
    expect(reply.ResultItem?.[1]).toMatchObject({ To_Account: "bob", ResultCode: 38_000 });
  });

  it("halves are read side by side, and what comes after the time is neither taken nor asked for again", async ({
    expect,
  }) => {
    vi.useFakeTimers();
    const halves = [0, 1].map(() => Promise.withResolvers<Map<string, string>>());
    let reads = 0;
    const get = () => {
      reads += 1;
      return halves[reads - 2]?.promise ?? Promise.reject(new Error("KV GET_BULK failed: 413"));
    };
    const responses = friends(100).map((applicantId) => ({
      responderId: "alice",
      applicantId,
      action: "Agree" as const,
    }));
    const kv = { get } as unknown as KVNamespace;
    const reading = readRules(kv, responses, ["applicant"], 20);
    await vi.advanceTimersByTimeAsync(20);
    const read = await reading;
    expect(reads).toBe(3);
    halves[0]?.resolve(new Map([["applicant:friend0", "no"]]));
    halves[1]?.reject(new Error("KV GET_BULK failed: 413"));
    await vi.advanceTimersByTimeAsync(1);
    expect(reads).toBe(3);
    expect([read.rules.size, read.unread.size]).toEqual([0, 100]);
  });

  it("an outage costs a bounded number of reads", async ({ expect }) => {
    const kv = kvWithout(() => true);
    await callback(friendResponse("alice", friends(500)), { env: envWith({ BLOCKLIST: kv }) });
    // 1,001 keys are 11 reads of a hundred, and 16 to look for the key that fails.
    expect(kv.reads.length).toBe(11 + 16);
  });

  it("what was read in time decides the items that come first", async ({ expect }) => {
    const many = friends(3_700);
    await env.BLOCKLIST.put("user:friend0", "no");
    await env.BLOCKLIST.put("user:friend3699", "no");
    let answered = 0;
    const slow = {
      // The platform answers some reads in time, in the order in which they were asked.
      get(keys: string[], type: "text") {
        answered += 1;
        return answered <= 30 ? env.BLOCKLIST.get(keys, type) : new Promise(() => {});
      },
    };
    const { reply } = await callback(friendResponse("alice", many), {
      env: envWith({ BLOCKLIST: slow, BLOCKLIST_TIMEOUT_MS: "1000", ON_BLOCKLIST_ERROR: "block" }),
    });
    const codes = reply.ResultItem?.map(({ ResultCode }) => ResultCode) ?? [];
    // user:alice, and two keys for each applicant: 3,000 keys are those of 1,499 applicants.
    expect(codes[0]).toBe(38_000);
    expect(codes.slice(1, 1_499)).toEqual(Array(1_498).fill(0));
    expect(codes.slice(1_500)).toEqual(Array(2_200).fill(38_001));
    expect(logLines()).toMatchObject([
      { event: "failed", reason: "undecided", blocklist: "timeout", items: 3_700 },
    ]);
  });

  it.for([
    ["an exception for the pair is narrower than what was not read", "pair", "user:bob", 0],
    [
      "an exception for the user is as wide as what was not read",
      "user",
      "responder:alice",
      38_001,
    ],
    ["an exception for the user is wider than what was not read", "user", "pair:alice:bob", 38_001],
    ["an exception for the user is narrower than what was not read", "user", "ip:127.0.0.1", 0],
  ] as const)("%s", async ([, exception, unread, code], { expect }) => {
    const key = exception === "pair" ? "pair:alice:bob" : "user:alice";
    await env.BLOCKLIST.put(key, '{"mode":"allow"}');
    const { reply } = await callback(friendResponse("alice", ["bob"]), {
      env: envWith({
        BLOCKLIST: kvWithout((each) => each === unread),
        BLOCKLIST_KINDS: "pair,user,responder,applicant,ip",
        ON_BLOCKLIST_ERROR: "block",
      }),
    });
    expect(reply.ResultItem?.map(({ ResultCode }) => ResultCode)).toEqual([code]);
  });

  it("a rule that refuses is in force though an exception may not have been read", async ({
    expect,
  }) => {
    await env.BLOCKLIST.put("user:bob", "no");
    const { reply } = await callback(friendResponse("alice", ["bob"]), {
      env: envWith({ BLOCKLIST: kvWithout((key) => key.startsWith("pair:")) }),
    });
    expect(reply.ResultItem?.map(({ ResultCode }) => ResultCode)).toEqual([38_000]);
    expect(logLines()).toMatchObject([{ event: "decided", blocklist: "error" }]);
  });
});
