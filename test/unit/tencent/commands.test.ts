import { describe, it } from "vitest";
import { anyBody, COMMANDS, isBlankBody, isHandled } from "../../../src/tencent/commands.ts";
import { callbackParameters, repeatedParameter, single } from "../../../src/tencent/url.ts";
import { officialSamples } from "../../support/tencent.ts";

describe("the parameters of the URL", () => {
  it.for([
    [{ SdkAppid: "1" }, { SdkAppid: "1" }],
    [{ SDKAppID: "1" }, { SdkAppid: "1" }],
    [
      { sdkappid: "1", SIGN: "s", requesttime: "2" },
      { SdkAppid: "1", Sign: "s", RequestTime: "2" },
    ],
    [{ RequestID: "r" }, { RequestId: "r" }],
    [{ tenant: "7", "": "x" }, {}],
    [{ SdkAppid: "" }, { SdkAppid: "" }],
    [{ ClientIP: ["1", "2"] }, { ClientIP: ["1", "2"] }],
    [{ OptPlatform: "Web", optplatform: "iOS" }, { OptPlatform: ["Web", "iOS"] }],
    [JSON.parse('{"__proto__":"x","constructor":"y"}'), {}],
  ])("%j are read as %j", ([query, read], { expect }) => {
    expect(callbackParameters.parse(query)).toEqual(read);
  });

  it.for([
    [{ SdkAppid: ["1", "1"] }, "SdkAppid"],
    [{ SdkAppid: "1", sdkappid: "1" }, "SdkAppid"],
    [{ Sign: ["s", "s"] }, "Sign"],
    [{ RequestTime: "1", requestTime: "1" }, "RequestTime"],
  ] as const)("%j are refused for %s", ([query, name], { expect }) => {
    const { error } = callbackParameters.safeParse(query);
    expect(error?.issues.map(({ path }) => path[0])).toEqual([name]);
  });

  it.for([
    [{}, undefined],
    [{ CallbackCommand: "a", ClientIP: "b" }, undefined],
    [{ CallbackCommand: ["a", "a"] }, "CallbackCommand"],
    [{ OptPlatform: ["a", "b"] }, "OptPlatform"],
  ])("%j repeat %s", ([query, name], { expect }) => {
    expect(repeatedParameter(callbackParameters.parse(query))).toBe(name);
  });

  it("have a value where they come once", ({ expect }) => {
    expect([single("a"), single(["a"]), single(undefined)]).toEqual(["a", undefined, undefined]);
  });
});

describe("a body", () => {
  it.for(Object.values(officialSamples))("of $CallbackCommand is read", (sample, { expect }) => {
    const body = COMMANDS[sample.CallbackCommand].body.parse(sample);
    expect(body.CallbackCommand).toBe(sample.CallbackCommand);
  });

  it.for(["Sns.CallbackPrevFriendAdd", "", "unhandled ", "constructor", "__proto__", "toString"])(
    "of command %j is not handled",
    (command, { expect }) => {
      expect(isHandled(command)).toBe(false);
      expect(anyBody.parse({ CallbackCommand: command })).toEqual({ CallbackCommand: command });
    },
  );

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
    const body = { ...officialSamples.friendDelete, EventTime: eventTime };
    expect(COMMANDS["Sns.CallbackFriendDelete"].body.parse(body).EventTime).toBe(read);
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
    [7, false],
    [null, false],
  ])("of a change of friends holds account %j: %s", ([account, valid], { expect }) => {
    const pair = { From_Account: "alice", To_Account: account };
    const { success } = COMMANDS["Sns.CallbackFriendDelete"].body.safeParse({
      CallbackCommand: "Sns.CallbackFriendDelete",
      PairList: [pair],
    });
    expect(success).toBe(valid);
  });

  it.for(["", "a".repeat(1_000), "a\u0000", "\ud83d"])(
    "of a friend response holds any account, %j too",
    (account, { expect }) => {
      const item = { To_Account: account, ResponseAction: "Response_Action_Agree" };
      const { data } = COMMANDS["Sns.CallbackPrevFriendResponse"].body.safeParse({
        ...officialSamples.friendResponse,
        From_Account: account,
        ResponseFriendItem: [item],
      });
      expect(data).toMatchObject({ From_Account: account, ResponseFriendItem: [item] });
    },
  );

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
