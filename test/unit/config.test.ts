import { describe, it } from "vitest";
import { readConfig } from "../../src/config.ts";

const SET = { SDK_APP_ID: "1400000000", CALLBACK_TOKEN: "secret" };

describe("the configuration", () => {
  it("has defaults for all but the app and its token", ({ expect }) => {
    expect(readConfig({ ...SET })).toMatchObject({
      ok: true,
      config: {
        appId: "1400000000",
        tokens: { current: "secret", previous: undefined },
        allowUnsigned: false,
        callbackPath: "/",
        blocklistKinds: ["pair", "user"],
        blocklistTimeoutMs: 1_200,
        onBlocklistError: "allow",
      },
    });
  });

  it.for([
    [{ CALLBACK_TOKEN_PREVIOUS: "old" }, { tokens: { current: "secret", previous: "old" } }],
    [{ CALLBACK_TOKEN_PREVIOUS: "" }, { tokens: { current: "secret", previous: undefined } }],
    [{ SDK_APP_ID: 1_400_000_000 }, { appId: "1400000000" }],
    [{ CALLBACK_PATH: "/cb/7Hq2-x_.~" }, { callbackPath: "/cb/7Hq2-x_.~" }],
    [{ CALLBACK_PATH: "" }, { callbackPath: "/" }],
    [{ BLOCKLIST_TIMEOUT_MS: "1" }, { blocklistTimeoutMs: 1 }],
    [{ BLOCKLIST_TIMEOUT_MS: 1_900 }, { blocklistTimeoutMs: 1_900 }],
    [{ ON_BLOCKLIST_ERROR: "block" }, { onBlocklistError: "block" }],
    [{ BLOCKLIST_KINDS: "ip, user" }, { blocklistKinds: ["user", "ip"] }],
    [{ ALLOW_UNSIGNED: "true" }, { allowUnsigned: true }],
    [{ ALLOW_UNSIGNED: "true", CALLBACK_TOKEN: undefined }, { tokens: undefined }],
  ])("takes %j", ([settings, config], { expect }) => {
    expect(readConfig({ ...SET, ...settings })).toMatchObject({ ok: true, config });
  });

  it.for([
    ["SDK_APP_ID", undefined],
    ["SDK_APP_ID", ""],
    ["SDK_APP_ID", "private-value"],
    ["SDK_APP_ID", " 1400000000"],
    ["CALLBACK_TOKEN", undefined],
    ["CALLBACK_TOKEN", ""],
    ["CALLBACK_TOKEN", {}],
    ["CALLBACK_TOKEN_PREVIOUS", true],
    ["ALLOW_UNSIGNED", "private-value"],
    ["ALLOW_UNSIGNED", true],
    ["CALLBACK_PATH", "private-value"],
    ["CALLBACK_PATH", "/private-value?"],
    ["CALLBACK_PATH", "/private value"],
    ["BLOCKLIST_KINDS", "user,private-value"],
    ["BLOCKLIST_TIMEOUT_MS", "0"],
    ["BLOCKLIST_TIMEOUT_MS", "1901"],
    ["BLOCKLIST_TIMEOUT_MS", "1.5"],
    ["BLOCKLIST_TIMEOUT_MS", "1e3"],
    ["BLOCKLIST_TIMEOUT_MS", "-1"],
    ["BLOCKLIST_TIMEOUT_MS", "private-value"],
    ["ON_BLOCKLIST_ERROR", "private-value"],
  ])("refuses %s = %j by its name, without its value", ([name, value], { expect }) => {
    const result = readConfig({ ...SET, [String(name)]: value });
    expect(result).toEqual({ ok: false, problems: [expect.stringMatching(`^${name} `)] });
    expect(JSON.stringify(result)).not.toContain("private");
  });

  it("names every problem at once", ({ expect }) => {
    const result = readConfig({ SDK_APP_ID: "x", CALLBACK_TOKEN: "t", ON_BLOCKLIST_ERROR: "x" });
    expect(result).toMatchObject({
      problems: [/^SDK_APP_ID/, /^ON_/].map((p) => expect.stringMatching(p)),
    });
  });

  it("is parsed once for an env", ({ expect }) => {
    const env = { ...SET };
    expect(readConfig(env)).toBe(readConfig(env));
  });
});
