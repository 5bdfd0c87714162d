import { env } from "cloudflare:workers";
import { describe, it } from "vitest";
import { countedKv } from "../support/counted.ts";
import { logLines } from "../support/log.ts";
import { type Answer, friendResponse } from "../support/tencent.ts";
import { callback, envWith } from "../support/worker.ts";

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
  "answers one of two reads": (() => {
    let reads = 0;
    return async () => {
      reads += 1;
      if (reads % 2 === 0) throw new Error("KV GET failed: 500");
      return new Map();
    };
  })(),
};

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
          event: "decided",
          items: 4,
          refused: codes.filter((code) => code !== 0).length,
          blocklist: outcome,
          onBlocklistError: onError ?? "allow",
          ...(error && { error }),
        },
      ]);
    },
  );

  it("one failed read of several counts as a failed blocklist", async ({ expect }) => {
    const many = Array.from({ length: 100 }, (_, index) => `friend${index}`);
    const { reply } = await callback(friendResponse("alice", many), {
      env: envWith({
        BLOCKLIST: { get: failures["answers one of two reads"] },
        ON_BLOCKLIST_ERROR: onError,
      }),
    });
    expect(reply.ResultItem?.map(({ ResultCode }) => ResultCode)).toEqual(many.map(() => codes[0]));
  });
});

describe("with KV at work", () => {
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
    const { reply } = await callback(friendResponse("alice", ["x".repeat(600), "\ud800"]), {
      env: envWith({ BLOCKLIST: kv.binding }),
    });
    expect(reply.ResultItem?.map(({ ResultCode }) => ResultCode)).toEqual([0, 0]);
    // user:alice, and user: and pair: of the one that is short enough.
    expect(kv.count).toEqual({ operations: 1, keys: 3 });
  });

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
