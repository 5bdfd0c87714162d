import { describe, it } from "vitest";
import { type Refusal, replyRefusal } from "../../../src/tencent/refusal.ts";
import { replyOk, replyToItems } from "../../../src/tencent/reply.ts";

const items = (...accounts: string[]) => accounts.map((To_Account) => ({ To_Account }));

describe("the answer to a friend response", () => {
  it("has an item for each item, in its order, duplicates included", ({ expect }) => {
    const reply = replyToItems(items("b", "a", "b", ""), ({ To_Account }) =>
      To_Account === "a" ? { code: 38_500, info: "no" } : { code: 0, info: "" },
    );
    expect(reply).toEqual({
      ActionStatus: "OK",
      ErrorCode: 0,
      ErrorInfo: "",
      ResultItem: [
        { To_Account: "b", ResultCode: 0, ResultInfo: "" },
        { To_Account: "a", ResultCode: 38_500, ResultInfo: "no" },
        { To_Account: "b", ResultCode: 0, ResultInfo: "" },
        { To_Account: "", ResultCode: 0, ResultInfo: "" },
      ],
    });
  });

  it("to no items has an empty list", ({ expect }) => {
    expect(replyToItems([], () => ({ code: 0, info: "" })).ResultItem).toEqual([]);
  });

  it.for([
    [0, 0],
    [38_000, 38_000],
    [38_001, 38_001],
    [39_000, 39_000],
    [1, 38_000],
    [-1, 38_000],
    [37_999, 38_000],
    [39_001, 38_000],
    [38_000.5, 38_000],
    [Number.NaN, 38_000],
    [Number.POSITIVE_INFINITY, 38_000],
  ] as const)("turns a verdict of %d into %d", ([code, expected], { expect }) => {
    const reply = replyToItems(items("a"), () => ({ code, info: "" }));
    expect(reply.ResultItem?.[0]?.ResultCode).toBe(expected);
  });
});

describe("a refusal", () => {
  // Every refusal, so that a new one does not compile until its status is decided here, too.
  const statuses: Record<Refusal, number> = {
    method: 405,
    path: 404,
    "too-large": 413,
    "sign-missing": 401,
    "sign-wrong": 401,
    "time-malformed": 401,
    "time-stale": 401,
    "app-missing": 403,
    "app-wrong": 403,
    "parameter-repeated": 200,
    "content-type": 200,
    "content-encoding": 200,
    "cut-off": 200,
    "command-missing": 200,
    "command-mismatch": 200,
    malformed: 200,
    misconfigured: 500,
    "not-stored": 200,
    "backend-failed": 502,
    "backend-loop": 508,
    "not-passed-on": 502,
    crashed: 200,
  };
  const reasons = Object.entries(statuses) as [Refusal, number][];

  it.for(reasons)(
    "for %s has status %d and fails as the command asks",
    ([reason, status], { expect }) => {
      const after = { ActionStatus: "FAIL", ErrorCode: 1, ErrorInfo: expect.stringMatching(/./) };
      const before = { ...after, ErrorCode: 38_002 };
      expect(replyRefusal(reason, undefined)).toEqual({ status, reply: after });
      expect(replyRefusal(reason, "Sns.CallbackFriendAdd")).toEqual({ status, reply: after });
      expect(replyRefusal(reason, "C2C.CallbackBeforeSendMsg")).toEqual({ status, reply: before });
      for (const command of ["Sns.CallbackPrevFriendAdd", "Sns.CallbackPrevFriendResponse"]) {
        const reply = { ...before, ResultItem: [] };
        expect(replyRefusal(reason, command)).toEqual({ status, reply });
      }
    },
  );

  it.for([
    ["Sns.CallbackPrevFriendAdd", true],
    ["Sns.CallbackPrevFriendResponse", true],
    ["C2C.CallbackBeforeSendMsg", true],
    ["Group.CallbackBeforeCreateGroup", true],
    ["Sns.CallbackFriendAdd", false],
    ["Sns.CallbackFriendDelete", false],
    ["Sns.CallbackBlackListAdd", false],
    ["C2C.CallbackAfterSendMsg", false],
    ["State.StateChange", false],
    ["", false],
  ] as const)("of %s has a code of the range: %s", ([command, before], { expect }) => {
    const { ErrorCode } = replyRefusal("malformed", command).reply;
    expect(ErrorCode >= 38_000 && ErrorCode <= 39_000).toBe(before);
  });

  it("tells who is not authentic nothing of the reason", ({ expect }) => {
    const replies = (["sign-missing", "sign-wrong", "time-malformed", "time-stale"] as const).map(
      (reason) => replyRefusal(reason, "Sns.CallbackFriendAdd"),
    );
    expect(new Set(replies.map((reply) => JSON.stringify(reply))).size).toBe(1);
  });

  it("says what is wrong where it is told", ({ expect }) => {
    expect(replyRefusal("malformed", undefined, "PairList.0").reply.ErrorInfo).toBe(
      "malformed body: PairList.0",
    );
  });
});

it("success is OK, 0 and nothing more", ({ expect }) => {
  expect(replyOk()).toEqual({ ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "" });
});
