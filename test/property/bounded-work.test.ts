import { env } from "cloudflare:workers";
import fc from "fast-check";
import { afterEach, describe, it, vi } from "vitest";
import { DECIDED_MAX_ITEMS } from "../../src/limits.ts";
import { COMMANDS } from "../../src/tencent/commands.ts";
import { logLines } from "../support/log.ts";
import { callbackRequest, QUESTIONS } from "../support/tencent.ts";
import { callback, envWith, fetchWorker, heldQueue, type Reply } from "../support/worker.ts";

const BODY_BYTES = 1_000_000;
afterEach(() => vi.restoreAllMocks());

/** What is made of a body: its keys, the text that was encoded for them, and the reply. */
async function workOn(
  body: { CallbackCommand: string; [member: string]: unknown },
  query: Record<string, string> = {},
) {
  const keys: string[] = [];
  let reads = 0;
  const BLOCKLIST = {
    async get(some: string[]) {
      reads += 1;
      keys.push(...some);
      return new Map();
    },
  };
  let encodedChars = 0;
  const encode = globalThis.encodeURIComponent;
  vi.spyOn(globalThis, "encodeURIComponent").mockImplementation((text) => {
    encodedChars += String(text).length;
    return encode(text);
  });
  const queue = heldQueue();
  const text = JSON.stringify(body);
  const response = await fetchWorker(
    await callbackRequest(text, { query: { CallbackCommand: body.CallbackCommand, ...query } }),
    envWith({
      BLOCKLIST,
      FRIEND_EVENTS: queue,
      BLOCKLIST_KINDS: "pair,user,responder,applicant,ip",
      RECORD_RESPONSES: "all",
    }),
  );
  const answer = await response.text();
  vi.restoreAllMocks();
  return {
    bodyBytes: text.length,
    keys: keys.length,
    keyChars: keys.join("").length,
    reads,
    encodedChars,
    replyBytes: answer.length,
    messageBytes: JSON.stringify(queue.messages).length,
    reply: JSON.parse(answer) as Reply,
  };
}

const lengths = fc.constantFrom(0, 1, 32, 128, 129, 600, 20_000, 200_000);
const idOf = (length: number, index: number) =>
  length === 0 ? "" : `${index}`.padStart(Math.min(length, 8), "x").padEnd(length, "y");

describe.for(QUESTIONS)("what a friend $what makes friendgate do", ({ what, command, list }) => {
  it("is bounded by its items and its bytes, and by no product of its lengths", async ({
    expect,
  }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          from: lengths,
          requester: lengths,
          to: lengths,
          item: fc.constantFrom("whole", "account", "null", "number", "list"),
          items: fc.constantFrom(1, 50, 2_000, 9_999, 10_001, 400_000),
        }),
        async ({ from, requester, to, item, items }) => {
          const itemOf = (index: number) => {
            const To_Account = idOf(to, index);
            switch (item) {
              case "whole":
                return { To_Account, ResponseAction: "Response_Action_AgreeAndAdd" };
              case "account":
                return { To_Account };
              case "null":
                return null;
              case "number":
                return 0;
              case "list":
                return [];
            }
          };
          const perItem = JSON.stringify(itemOf(0)).length + 1;
          const count = Math.max(1, Math.min(items, Math.floor(BODY_BYTES / perItem)));
          const work = await workOn({
            CallbackCommand: command,
            From_Account: idOf(from, 1),
            Requester_Account: idOf(requester, 2),
            [list]: Array.from({ length: count }, (_, index) => itemOf(index)),
          });
          const decided = Math.min(count, DECIDED_MAX_ITEMS);
          expect(work.keys).toBeLessThanOrEqual(3 * decided + 5);
          expect(work.reads).toBe(Math.ceil(work.keys / 100));
          // Twice for each item: to read the rules, and to decide by them. An id has 128 at most.
          expect(work.encodedChars).toBeLessThanOrEqual(2 * decided * 9 * 128);
          expect(work.keyChars).toBeLessThanOrEqual(work.keys * 512);
          expect(work.replyBytes).toBeLessThanOrEqual(work.bodyBytes * 3 + decided * 200);
          expect(work.messageBytes).toBeLessThanOrEqual(work.bodyBytes + decided * 1_100 + 1_000);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("is bounded for parameters of any length, too", async ({ expect }) => {
    const items = Array.from({ length: 5_000 }, (_, index) => ({ To_Account: `friend${index}` }));
    const body = { CallbackCommand: command, From_Account: "alice", [list]: items };
    const ordinary = await workOn(body);
    const canParse = vi.spyOn(URL, "canParse");
    const long = await workOn(body, {
      ClientIP: "1:".repeat(5_000),
      OptPlatform: "W".repeat(10_000),
    });
    expect(canParse).not.toHaveBeenCalled();
    expect(long.keys).toBe(ordinary.keys - 1);
    expect(long.messageBytes).toBeLessThan(ordinary.messageBytes + 20 * 300);
  });

  it("decides so many items, and lets none of the others add a friend", async ({ expect }) => {
    await env.BLOCKLIST.put("user:spammer", "no");
    const some = (count: number, item: unknown) => Array.from({ length: count }, () => item);
    const reject = { To_Account: "carol", ResponseAction: "Response_Action_Reject" };
    const { reply } = await callback(
      {
        CallbackCommand: command,
        From_Account: "alice",
        [list]: [
          ...some(DECIDED_MAX_ITEMS - 1, { To_Account: "bob" }),
          { To_Account: "spammer" },
          { To_Account: "dave" },
          null,
          reject,
          { To_Account: "erin" },
        ],
      },
      { query: { CallbackCommand: command } },
    );
    expect(reply.ResultItem?.slice(DECIDED_MAX_ITEMS - 2)).toEqual([
      { To_Account: "bob", ResultCode: 0, ResultInfo: "" },
      { To_Account: "spammer", ResultCode: 38_000, ResultInfo: "no" },
      { To_Account: "dave", ResultCode: 38_001, ResultInfo: "" },
      // A request says nothing of an answer.
      { To_Account: "carol", ResultCode: what === "request" ? 38_001 : 0, ResultInfo: "" },
      { To_Account: "erin", ResultCode: 38_001, ResultInfo: "" },
    ]);
    expect(logLines()).toMatchObject([
      { event: "failed", reason: "undecided", undecided: 4, items: DECIDED_MAX_ITEMS + 4 },
    ]);
  });
});

describe("what a change of friends makes friendgate do", () => {
  it.for([
    ["pairs that cannot be stored", { From_Account: "a", To_Account: 7 }, 30_000],
    ["nothing but nulls", null, 300_000],
    ["a pair that no message holds", { From_Account: "x".repeat(900_000) }, 1],
    ["an admin beyond any length", { From_Account: "a", To_Account: "b" }, 20_000],
  ] as const)("is bounded for %s", async ([what, pair, count], { expect }) => {
    const queue = heldQueue();
    const { reply } = await callback(
      {
        CallbackCommand: "Sns.CallbackFriendAdd",
        PairList: Array.from({ length: count }, () => pair),
        Admin_Account: what.startsWith("an admin") ? "x".repeat(500_000) : "",
      },
      { env: envWith({ FRIEND_EVENTS: queue }) },
    );
    const stored = what.startsWith("an admin");
    expect(reply.ActionStatus).toBe(stored ? "OK" : "FAIL");
    expect(JSON.stringify(queue.messages).length).toBeLessThan(stored ? 1_000_000 : 62_000);
  });

  it("is to look once at each pair, however long its accounts are", ({ expect }) => {
    const pair = { From_Account: "é".repeat(129), To_Account: "é".repeat(20_000) };
    const encode = vi.spyOn(TextEncoder.prototype, "encode");
    const { PairList } = COMMANDS["Sns.CallbackFriendDelete"].body.parse({
      CallbackCommand: "Sns.CallbackFriendDelete",
      PairList: Array.from({ length: 100 }, () => pair),
    });
    expect(PairList.unstorable).toHaveLength(100);
    expect(encode).not.toHaveBeenCalled();
  });
});
