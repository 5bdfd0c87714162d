import { describe, it } from "vitest";
import {
  anyBody,
  COMMANDS,
  familyOf,
  isBlankBody,
  isHandled,
  loggable,
} from "../../../src/tencent/commands.ts";
import { callbackParameters, repeatedParameter, single } from "../../../src/tencent/url.ts";
import { officialSamples, QUESTIONS } from "../../support/tencent.ts";

describe("the parameters of the URL", () => {
  it.for([
    ["SdkAppid=1", { SdkAppid: "1" }],
    ["SDKAppID=1", { SdkAppid: "1" }],
    ["sdkappid=1&SIGN=s&requesttime=2", { SdkAppid: "1", Sign: "s", RequestTime: "2" }],
    ["RequestID=r", { RequestId: "r" }],
    ["tenant=7&=x", {}],
    ["SdkAppid=", { SdkAppid: "" }],
    ["SdkAppid", { SdkAppid: "" }],
    ["&&SdkAppid=1&", { SdkAppid: "1" }],
    ["ClientIP=1&ClientIP=2", { ClientIP: ["1", "2"] }],
    ["OptPlatform=Web&optplatform=iOS", { OptPlatform: ["Web", "iOS"] }],
    ["OptPlatform=a&OptPlatform=b&OptPlatform=c", { OptPlatform: ["a", "b", "c"] }],
    ["__proto__=x&constructor=y", {}],
    [
      "Sdk%41ppid=1&ClientIP=%3A%3a1&OptPlatform=a+b",
      { SdkAppid: "1", ClientIP: "::1", OptPlatform: "a b" },
    ],
    ["OptPlatform=a=b?c", { OptPlatform: "a=b?c" }],
    ["OptPlatform=%zz", { OptPlatform: "%zz" }],
    ["OptPlatform=%E5%9B%9E", { OptPlatform: "回" }],
  ])("%s are read as %j", ([query, read], { expect }) => {
    expect(callbackParameters.parse(`https://edge.example/?${query}`)).toEqual(read);
  });

  it("are none in a URL without them", ({ expect }) => {
    expect(callbackParameters.parse("https://edge.example/SdkAppid=1&Sign=s")).toEqual({});
  });

  it.for([
    ["SdkAppid=1&SdkAppid=1", "SdkAppid"],
    ["SdkAppid=1&sdkappid=1", "SdkAppid"],
    ["Sdk%41ppid=1&SdkAppid=1", "SdkAppid"],
    ["Sign=s&Sign=s", "Sign"],
    ["RequestTime=1&requestTime=1", "RequestTime"],
  ] as const)("%s are refused for %s", ([query, name], { expect }) => {
    const { error } = callbackParameters.safeParse(`https://edge.example/?${query}`);
    expect(error?.issues.map(({ path }) => path[0])).toEqual([name]);
  });

  it.for([
    ["", undefined],
    ["CallbackCommand=a&ClientIP=b", undefined],
    ["CallbackCommand=a&CallbackCommand=a", "CallbackCommand"],
    ["OptPlatform=a&OptPlatform=b", "OptPlatform"],
  ])("%s repeat %s", ([query, name], { expect }) => {
    const parameters = callbackParameters.parse(`https://edge.example/?${query}`);
    expect(repeatedParameter(parameters)).toBe(name);
  });

  it("have a value where they come once", ({ expect }) => {
    expect([single("a"), single(["a"]), single(undefined)]).toEqual(["a", undefined, undefined]);
  });
});

const CHANGES = [
  "Sns.CallbackFriendAdd",
  "Sns.CallbackFriendDelete",
  "Sns.CallbackBlackListAdd",
  "Sns.CallbackBlackListDelete",
] as const;

describe("a body", () => {
  it.for(Object.values(officialSamples))("of $CallbackCommand is read", (sample, { expect }) => {
    const body = COMMANDS[sample.CallbackCommand].body.parse(sample);
    expect(body.CallbackCommand).toBe(sample.CallbackCommand);
  });

  it.for([
    "Sns.CallbackPrevFriendRemove",
    "",
    "unhandled ",
    "constructor",
    "__proto__",
    "toString",
  ])("of command %j is not handled", (command, { expect }) => {
    expect(isHandled(command)).toBe(false);
    expect(anyBody.parse({ CallbackCommand: command })).toEqual({ CallbackCommand: command });
  });

  it.for([
    [1_631_777_645_424, 1_631_777_645_424],
    [1, 1],
    [undefined, undefined],
    [null, undefined],
    [0, undefined],
    [-1, undefined],
    [1.5, undefined],
    [2 ** 60, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    ["1631777645424", undefined],
    [{}, undefined],
  ])("with EventTime %j has %j", ([eventTime, read], { expect }) => {
    for (const CallbackCommand of CHANGES) {
      const body = { CallbackCommand, PairList: [], EventTime: eventTime };
      expect(COMMANDS[CallbackCommand].body.parse(body).EventTime).toBe(read);
    }
  });

  it.for([
    ["a", true],
    ["@TLS#NOT_FOUND", true],
    [" ~", true],
    ["a".repeat(128), true],
    ["😀".repeat(32), true],
    ["", false],
    ["a".repeat(129), false],
    ["é".repeat(65), false],
    ["a\u0000", false],
    ["a\n", false],
    ["\u007f", false],
    ["\ud83d", false],
    ["a\ufffd", false],
    [7, false],
    [null, false],
  ])(
    "of a change of friends or of a blacklist holds account %j: %s",
    ([account, valid], { expect }) => {
      for (const CallbackCommand of CHANGES) {
        const pair = { From_Account: "alice", To_Account: account };
        const { PairList } = COMMANDS[CallbackCommand].body.parse({
          CallbackCommand,
          PairList: [pair],
        });
        expect(PairList.pairs).toHaveLength(valid ? 1 : 0);
        expect(PairList.unstorable).toEqual(valid ? [] : [pair]);
      }
    },
  );

  it.for(["", "a".repeat(1_000), "a\u0000", "\ud83d"])(
    "of a friend response holds any account, %j too",
    (account, { expect }) => {
      const item = { To_Account: account, ResponseAction: "Response_Action_Agree" };
      const { data } = COMMANDS["Sns.CallbackPrevFriendResponse"].body.safeParse({
        ...officialSamples.friendResponse,
        From_Account: account,
        ResponseFriendItem: [item],
      });
      expect(data).toMatchObject({ From_Account: account, items: [item], odd: 0 });
    },
  );

  it.for(["", "a".repeat(1_000), "a\u0000", "\ud83d"])(
    "of a friend request holds any account, %j too, and nothing that users wrote",
    (account, { expect }) => {
      const { data } = COMMANDS["Sns.CallbackPrevFriendAdd"].body.safeParse({
        ...officialSamples.friendRequest,
        From_Account: account,
        FriendItem: [{ ...officialSamples.friendRequest.FriendItem[0], To_Account: account }],
      });
      expect(data).toEqual({
        CallbackCommand: "Sns.CallbackPrevFriendAdd",
        Requester_Account: "id",
        From_Account: account,
        items: [{ To_Account: account, odd: false }],
        EventTime: 1_631_777_344_870,
        odd: 0,
      });
    },
  );

  it.for<[what: string, change: object, odd: number]>([
    ["nothing odd", {}, 0],
    ["no Requester_Account", { Requester_Account: undefined }, 0],
    ["no CallbackCommand", { CallbackCommand: undefined }, 1],
    ["a From_Account that is a number", { From_Account: 7 }, 1],
    ["no From_Account", { From_Account: undefined }, 1],
    ["a Requester_Account that is null", { Requester_Account: null }, 1],
    ["an item that is null", { FriendItem: [null] }, 1],
    ["an item without an account", { FriendItem: [{ AddWording: "hi" }] }, 1],
    ["an item that is an account", { FriendItem: ["id1"] }, 1],
    ["a remark that is a list", { FriendItem: [{ To_Account: "a", Remark: [] }] }, 0],
    ["an AddWording that is null", { FriendItem: [{ To_Account: "a", AddWording: null }] }, 0],
    ["an AddType and ForceAddFlags of another kind", { AddType: 7, ForceAddFlags: "1" }, 0],
    ["all of it", { From_Account: 1, Requester_Account: 2, FriendItem: [0, 0] }, 4],
  ])("of a friend request with %s counts it", ([, change, odd], { expect }) => {
    const body = { ...officialSamples.friendRequest, ...change };
    expect(COMMANDS["Sns.CallbackPrevFriendAdd"].body.parse(body).odd).toBe(odd);
  });

  it.for(
    QUESTIONS.flatMap(({ command, list }) =>
      [undefined, null, {}, "a", 7].map((value) => [command, list, value] as const),
    ),
  )("of %s is refused where %s is %j", ([command, list, value], { expect }) => {
    const { error } = COMMANDS[command].body.safeParse({ CallbackCommand: command, [list]: value });
    expect(error?.issues.map(({ path }) => path)).toEqual([[list]]);
  });

  it.for<[what: string, change: object, odd: number]>([
    ["nothing odd", {}, 0],
    ["no Requester_Account", { Requester_Account: undefined }, 0],
    ["no CallbackCommand", { CallbackCommand: undefined }, 1],
    ["a From_Account that is a number", { From_Account: 7 }, 1],
    ["no From_Account", { From_Account: undefined }, 1],
    ["a Requester_Account that is null", { Requester_Account: null }, 1],
    ["an item that is null", { ResponseFriendItem: [null] }, 1],
    ["an item without an action", { ResponseFriendItem: [{ To_Account: "a" }] }, 1],
    ["an item without an account", { ResponseFriendItem: [{ ResponseAction: "a" }] }, 1],
    ["all of it", { From_Account: 1, Requester_Account: 2, ResponseFriendItem: [0, 0] }, 4],
  ])("of a friend response with %s counts it", ([, change, odd], { expect }) => {
    const body = { ...officialSamples.friendResponse, ...change };
    expect(COMMANDS["Sns.CallbackPrevFriendResponse"].body.parse(body).odd).toBe(odd);
  });

  it.for([
    ["", true],
    ["{}", true],
    ["null", true],
    [" {\n} ", true],
    ["\t\r\n", true],
    ["[]", false],
    ['""', false],
    ["0", false],
    ['{"a":1}', false],
    ["{}{}", false],
    ["nullnull", false],
    ["{", false],
  ] as const)("of %j is blank: %s", ([text, blank], { expect }) => {
    expect(isBlankBody(text)).toBe(blank);
  });
});

it.for([
  ["C2C.CallbackBeforeSendMsg", "C2C.CallbackBeforeSendMsg", "C2C"],
  ["State.StateChange", "State.StateChange", "State"],
  ["whatever", "other", "other"],
  ["a b.c", "other", "other"],
  [`${"x".repeat(33)}.y`, "other", "other"],
  [undefined, undefined, "other"],
] as const)(
  "%s stands in a log as %s, and is counted as %s",
  ([command, word, family], { expect }) => {
    expect(loggable(command)).toBe(word);
    expect(familyOf(command)).toBe(family);
  },
);
