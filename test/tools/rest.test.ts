import { describe, it } from "vitest";
import { FRIEND_GET, type PlayedApp, restAnswer } from "../../tools/tencent/rest.ts";
import { userSigOf } from "../../tools/tencent/user-sig.ts";
import { ADDED_AT, APP_ID, KEY, playedApp } from "../support/reconcile.ts";

const NOW = 1_800_000_000_000;
const TRUTH = { alice: ["bob", "carol", "dave"], bob: [], 小明: ["alice"] };

type Call = {
  body?: object | string;
  query?: Record<string, string | undefined>;
  path?: string;
  signedMs?: number;
  identifier?: string;
  app?: Partial<PlayedApp>;
};

async function call(
  {
    body = {},
    query = {},
    path = FRIEND_GET,
    signedMs = NOW,
    identifier = "administrator",
    app,
  }: Call,
  played: PlayedApp = playedApp(TRUTH, app),
) {
  const signing = { identifier, appId: APP_ID, key: KEY, nowMs: signedMs, validSeconds: 60 };
  const usual = {
    ...{ sdkappid: String(APP_ID), identifier, usersig: await userSigOf(signing) },
    ...{ random: "4294967295", contenttype: "json" },
  };
  const given = Object.entries({ ...usual, ...query }).filter(([, value]) => value !== undefined);
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return restAnswer(
    { path, query: new URLSearchParams(given as [string, string][]), body: text, nowMs: NOW },
    played,
  );
}

const page = (userId: string, more: object = {}) => ({
  body: { From_Account: userId, StartIndex: 0, StandardSequence: 0, ...more },
});

describe("the REST API that is played", () => {
  it.for<[string, Call, number]>([
    ["no SDKAppID", { query: { sdkappid: undefined } }, 60_012],
    ["an SDKAppID that is no number", { query: { sdkappid: "app" } }, 60_006],
    ["another SDKAppID", { query: { sdkappid: "1400000001" } }, 70_020],
    ["no identifier", { query: { identifier: undefined } }, 60_004],
    ["no UserSig", { query: { usersig: undefined } }, 60_004],
    ["no random", { query: { random: undefined } }, 60_002],
    ["another content type", { query: { contenttype: "xml" } }, 60_002],
    ["a UserSig that is none", { query: { usersig: "x" } }, 70_003],
    ["a UserSig by another key", { app: { key: "another" } }, 70_009],
    ["somebody else's UserSig", { query: { identifier: "alice" } }, 70_013],
    ["a UserSig of the time before", { signedMs: NOW - 61_000 }, 70_001],
    ["a user who is no administrator", { identifier: "alice" }, 60_010],
    ["an empty body", { body: "" }, 60_003],
    ["a body that is no object", { body: "[]" }, 60_003],
    ["another command", { path: "/v4/sns/friend_check" }, 60_009],
    ["a body without a user", {}, 30_001],
    ["a user whom nobody knows", page("mallory"), 30_003],
    ["all as it should be", page("alice"), 0],
  ])("answers to %s with its code", async ([_, asked, code], { expect }) => {
    const { ErrorCode, ActionStatus } = await call(asked);
    expect({ ErrorCode, ActionStatus }).toEqual({
      ErrorCode: code,
      ActionStatus: code === 0 ? "OK" : "FAIL",
    });
  });

  it("gives a list page by page", async ({ expect }) => {
    const app = { pageSize: 2 };
    const first = await call({ ...page("alice"), app });
    expect(first).toMatchObject({ FriendNum: 3, CompleteFlag: 0, NextStartIndex: 2 });
    expect(first.UserDataItem).toMatchObject([{ To_Account: "bob" }, { To_Account: "carol" }]);
    const second = await call({ ...page("alice", { StartIndex: 2 }), app });
    expect(second).toMatchObject({ FriendNum: 3, CompleteFlag: 1 });
    expect(second.UserDataItem).toMatchObject([
      {
        To_Account: "dave",
        ValueItem: expect.arrayContaining([{ Tag: "Tag_SNS_IM_AddTime", Value: ADDED_AT / 1000 }]),
      },
    ]);
  });

  it("leaves the friends out where the caller has them already, and an empty list always", async ({
    expect,
  }) => {
    const same = await call(page("alice", { StandardSequence: 1 }));
    expect(same).toMatchObject({ ErrorCode: 0, FriendNum: 3, StandardSequence: 1 });
    expect(same).not.toHaveProperty("UserDataItem");
    expect(await call(page("bob"))).not.toHaveProperty("UserDataItem");
  });

  it("has another sequence after a change", async ({ expect }) => {
    const app = playedApp(TRUTH);
    app.lists.change("alice");
    expect(await call(page("alice"), app)).toMatchObject({ StandardSequence: 2 });
    expect(await call(page("bob"), app)).toMatchObject({ StandardSequence: 1 });
  });
});
