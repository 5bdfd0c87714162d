import { describe, it } from "vitest";
import { readConfig } from "../../src/config.ts";

const TOKEN = "a-token-of-thirty-two-characters";
const SET = {
  SDK_APP_ID: "1400000000",
  CALLBACK_TOKEN: TOKEN,
  DEAD_LETTER_QUEUE: "friend-events-dlq",
};

describe("the configuration", () => {
  it("has defaults for all but the app and its token", ({ expect }) => {
    expect(readConfig({ ...SET })).toMatchObject({
      ok: true,
      problems: [],
      config: {
        appId: "1400000000",
        tokens: { current: TOKEN, previous: undefined },
        allowUnsigned: false,
        callbackPath: "/",
        blocklistKinds: ["pair", "user"],
        blocklistTimeoutMs: 1_200,
        onBlocklistError: "allow",
        requestRate: undefined,
        requestsPerDay: undefined,
      },
    });
  });

  it.for([
    [{ CALLBACK_TOKEN_PREVIOUS: "" }, { tokens: { current: TOKEN, previous: undefined } }],
    [{ CALLBACK_TOKEN: ` ${TOKEN}\r\n` }, { tokens: { current: TOKEN } }],
    [{ CALLBACK_TOKEN: "x".repeat(16) }, { tokens: { current: "x".repeat(16) } }],
    [{ CALLBACK_TOKEN: "short", LOCAL: "true" }, { tokens: { current: "short" } }],
    [{ CALLBACK_TOKEN_PREVIOUS: `\n${TOKEN}2 ` }, { tokens: { previous: `${TOKEN}2` } }],
    [{ API_TOKEN: `${TOKEN}\n` }, { apiToken: TOKEN }],
    [{ API_TOKEN: "short", LOCAL: "true" }, { apiToken: "short" }],
    [
      { CALLBACK_TOKEN: "local-callback-token", LOCAL: "true" },
      { tokens: { current: "local-callback-token" } },
    ],
    [{ API_TOKEN: "local-api-token", LOCAL: "true" }, { apiToken: "local-api-token" }],
    [{ DEAD_LETTER_QUEUE: "staging-dead" }, { deadLetterQueues: ["staging-dead"] }],
    [{ DEAD_LETTER_QUEUE: "one-dlq, other-dlq" }, { deadLetterQueues: ["one-dlq", "other-dlq"] }],
    [{ BACKEND_URL: "" }, { backend: undefined }],
    [{ BACKEND: "" }, { backend: undefined }],
    [{ BACKEND_COMMANDS: "*" }, { backend: undefined }],
    [
      { BACKEND_URL: "https://backend.example/im?key=1" },
      {
        backend: {
          url: "https://backend.example/im?key=1",
          timeoutMs: 1_500,
          onError: "fail",
          commands: undefined,
        },
      },
    ],
    [{ BACKEND: { fetch: () => {} } }, { backend: { url: "https://backend/" } }],
    [
      { BACKEND: { fetch: () => {} }, BACKEND_URL: "http://other.example/path" },
      { backend: { url: "http://other.example/path" } },
    ],
    [
      {
        BACKEND_URL: "https://backend.example",
        BACKEND_TIMEOUT_MS: "1900",
        ON_BACKEND_ERROR: "allow",
      },
      { backend: { timeoutMs: 1_900, onError: "allow" } },
    ],
    [{ CALLBACK_PATH: "/a..b/.c/..." }, { callbackPath: "/a..b/.c/..." }],
    [{ SDK_APP_ID: 1_400_000_000 }, { appId: "1400000000" }],
    [{ CALLBACK_PATH: "/cb/7Hq2-x_.~" }, { callbackPath: "/cb/7Hq2-x_.~" }],
    [{ CALLBACK_PATH: "" }, { callbackPath: "/" }],
    [{ BLOCKLIST_TIMEOUT_MS: "1" }, { blocklistTimeoutMs: 1 }],
    [{ BLOCKLIST_TIMEOUT_MS: 1_900 }, { blocklistTimeoutMs: 1_900 }],
    [{ ON_BLOCKLIST_ERROR: "block" }, { onBlocklistError: "block" }],
    [{ BLOCKLIST_MODE: "observe" }, { blocklistMode: "observe" }],
    [{ BLOCKLIST_MODE: "" }, { blocklistMode: "enforce" }],
    [{}, { alertOnSilence: true }],
    [{ ALERT_ON_SILENCE: "false" }, { alertOnSilence: false }],
    [{ BLOCKLIST_KINDS: "ip, user" }, { blocklistKinds: ["user", "ip"] }],
    [{ REQUEST_RATE: "" }, { requestRate: undefined }],
    [{ REQUEST_RATE_MODE: "enforce" }, { requestRate: undefined }],
    [{ REQUEST_RATE: { limit: () => {} } }, { requestRate: "observe" }],
    [{ REQUEST_RATE: { limit: () => {} }, REQUEST_RATE_MODE: "" }, { requestRate: "observe" }],
    [
      { REQUEST_RATE: { limit: () => {} }, REQUEST_RATE_MODE: "enforce" },
      { requestRate: "enforce" },
    ],
    [{ REQUESTS_PER_DAY: "" }, { requestsPerDay: undefined, blocklistKinds: ["pair", "user"] }],
    [
      { REQUESTS_PER_DAY_MODE: "enforce", QUOTA_BLOCK_HOURS: "1" },
      { requestsPerDay: undefined, blocklistKinds: ["pair", "user"] },
    ],
    [
      { REQUESTS_PER_DAY: "100" },
      {
        requestsPerDay: { max: 100, mode: "observe", blockHours: 24 },
        blocklistKinds: ["pair", "user", "applicant"],
      },
    ],
    [
      {
        ...{ REQUESTS_PER_DAY: 10_000, REQUESTS_PER_DAY_MODE: "enforce" },
        ...{ QUOTA_BLOCK_HOURS: "8760", BLOCKLIST_KINDS: "applicant,ip" },
      },
      {
        requestsPerDay: { max: 10_000, mode: "enforce", blockHours: 8_760 },
        blocklistKinds: ["applicant", "ip"],
      },
    ],
    [{ TOMBSTONE_DAYS: "15" }, { tombstoneDays: 15 }],
    [{ DEAD_LETTER_DAYS: "1" }, { deadLetterDays: 1 }],
    [{ RESPONSE_DAYS: "1" }, { responseDays: 1 }],
    [{}, { recordClientIp: true }],
    [{ RECORD_CLIENT_IP: "false" }, { recordClientIp: false }],
    [{}, { recordTo: "queue" }],
    [{ RECORD_TO: "" }, { recordTo: "queue" }],
    [{ RECORD_TO: "queue" }, { recordTo: "queue" }],
    [{ RECORD_TO: "table" }, { recordTo: "table" }],
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
    ["CALLBACK_TOKEN", " \n"],
    ["CALLBACK_TOKEN", "private-value"],
    ["CALLBACK_TOKEN", "private-value-x"],
    ["CALLBACK_TOKEN", "  private-value    "],
    ["DEAD_LETTER_QUEUE", undefined],
    ["DEAD_LETTER_QUEUE", ""],
    ["ALLOW_UNSIGNED", "private-value"],
    ["ALLOW_UNSIGNED", true],
    ["CALLBACK_PATH", "private-value"],
    ["CALLBACK_PATH", "/private-value?"],
    ["CALLBACK_PATH", "/private value"],
    ["CALLBACK_PATH", "/private/../value"],
    ["CALLBACK_PATH", "/./private"],
    ["CALLBACK_PATH", "/private/.."],
    ["BLOCKLIST_KINDS", "user,private-value"],
    ["BLOCKLIST_TIMEOUT_MS", "0"],
    ["BLOCKLIST_TIMEOUT_MS", "1901"],
    ["BLOCKLIST_TIMEOUT_MS", "1.5"],
    ["BLOCKLIST_TIMEOUT_MS", "1e3"],
    ["BLOCKLIST_TIMEOUT_MS", "-1"],
    ["BLOCKLIST_TIMEOUT_MS", "private-value"],
    ["ON_BLOCKLIST_ERROR", "private-value"],
    ["BLOCKLIST_MODE", "off"],
    ["ALERT_ON_SILENCE", "no"],
    ["REQUEST_RATE", "30"],
    ["REQUEST_RATE", 30],
    ["REQUEST_RATE", null],
    ["REQUEST_RATE", { fetch: () => {} }],
    ["REQUEST_RATE_MODE", "private-value"],
    ["REQUESTS_PER_DAY", "0"],
    ["REQUESTS_PER_DAY", "10001"],
    ["REQUESTS_PER_DAY", "off"],
    ["REQUESTS_PER_DAY_MODE", "private-value"],
    ["QUOTA_BLOCK_HOURS", "0"],
    ["QUOTA_BLOCK_HOURS", "8761"],
    ["RECORD_TO", "private-value"],
    ["RECORD_CLIENT_IP", "private-value"],
    ["TOMBSTONE_DAYS", "14"],
    ["DEAD_LETTER_DAYS", "0"],
    ["DEAD_LETTER_DAYS", "3651"],
    ["RESPONSE_DAYS", "0"],
    ["RESPONSE_DAYS", "3651"],
    ["BACKEND", "https://private.example"],
    ["BACKEND", { url: "private" }],
    ["BACKEND", null],
    ["BACKEND_URL", "https://private.example/im "],
    ["BACKEND_URL", "https://private.example/im\n"],
    ["BACKEND_URL", "https://private.example/i m"],
    ["BACKEND_URL", "private.example"],
    ["BACKEND_URL", "ftp://private.example"],
    ["BACKEND_URL", "https://"],
    ["BACKEND_URL", "https://user:private@backend.example"],
    ["BACKEND_URL", "https://private@backend.example"],
    ["BACKEND_URL", "https://:private@backend.example"],
    ["BACKEND_URL", "https://backend.example/#private"],
    ["BACKEND_TIMEOUT_MS", "1901"],
    ["ON_BACKEND_ERROR", "private"],
    ["BACKEND_COMMANDS", "C2C.*;private"],
    ["BACKEND_COMMANDS", "C2C.*,"],
    ["BACKEND_COMMANDS", "!"],
    ["BACKEND_COMMANDS", "State.*,private"],
    ["BACKEND_COMMANDS", "!State.*"],
    ["BACKEND_COMMANDS", "!State.*, !C2C.*"],
  ])("refuses %s = %j by its name, without its value", ([name, value], { expect }) => {
    const result = readConfig({ ...SET, [String(name)]: value });
    expect(result).toEqual({ ok: false, problems: [expect.stringMatching(`^${name} `)] });
    expect(JSON.stringify(result)).not.toContain("private");
  });

  it.for([
    ["CALLBACK_TOKEN_PREVIOUS", "private-value"],
    ["CALLBACK_TOKEN_PREVIOUS", " "],
    ["CALLBACK_TOKEN_PREVIOUS", true],
    ["API_TOKEN", "private-value"],
    ["API_TOKEN", "\t"],
    ["API_TOKEN", "private value with spaces in it"],
    ["API_TOKEN", "private-välue-välue-välue"],
    ["API_TOKEN", {}],
    ["MODERATOR_TOKEN", "private-value"],
    ["MODERATOR_TOKEN", "private value with spaces in it"],
  ])("goes on without %s = %j, and says so", ([name, value], { expect }) => {
    const result = readConfig({ ...SET, [String(name)]: value });
    expect(result).toMatchObject({
      ok: true,
      problems: [expect.stringMatching(`^${name} .*; it counts as not set$`)],
      config: {
        apiToken: undefined,
        moderatorToken: undefined,
        tokens: { current: TOKEN, previous: undefined },
      },
    });
    expect(JSON.stringify(result)).not.toContain("private");
  });

  it("goes on without a MODERATOR_TOKEN that is the API_TOKEN", ({ expect }) => {
    const token = "0123456789abcdef";
    const both = { API_TOKEN: token, MODERATOR_TOKEN: ` ${token}\n` };
    expect(readConfig({ ...SET, ...both })).toMatchObject({
      ok: true,
      problems: ["MODERATOR_TOKEN must differ from API_TOKEN; it counts as not set"],
      config: { apiToken: token, moderatorToken: undefined },
    });
  });

  const AUD = "0123456789abcdef0123456789abcdef";
  const TEAM = "https://team.cloudflareaccess.com";
  it.for([
    [{}, undefined, 0],
    [{ ACCESS_AUD: "", ACCESS_TEAM: "" }, undefined, 0],
    [{ ACCESS_AUD: AUD, ACCESS_TEAM: TEAM }, { aud: AUD, team: TEAM }, 0],
    [{ ACCESS_AUD: AUD }, { aud: "", team: undefined }, 1],
    [{ ACCESS_TEAM: TEAM }, { aud: "", team: undefined }, 1],
    [{ ACCESS_AUD: AUD, ACCESS_TEAM: "team" }, { aud: "", team: undefined }, 1],
    [{ ACCESS_AUD: AUD, ACCESS_TEAM: `${TEAM}/` }, { aud: "", team: undefined }, 1],
    [{ ACCESS_AUD: AUD, ACCESS_TEAM: "http://team.example" }, { aud: "", team: undefined }, 1],
  ] as const)("with %j has Access as %j", ([settings, access, problems], { expect }) => {
    const result = readConfig({ ...SET, ...settings });
    expect(result).toMatchObject({ ok: true, problems: { length: problems } });
    expect(result).toHaveProperty("config.access", access);
  });

  it.for([undefined, "", "false", "TRUE", true])(
    "refuses the public tokens of npm start where LOCAL is %j",
    (LOCAL, { expect }) => {
      const token = "local-callback-token";
      for (const value of [token, ` ${token}\n`]) {
        expect(readConfig({ ...SET, LOCAL, CALLBACK_TOKEN: value })).toEqual({
          ok: false,
          problems: [expect.stringMatching(/^CALLBACK_TOKEN is the public value of `npm start`/)],
        });
      }
      const optional = { CALLBACK_TOKEN_PREVIOUS: token, API_TOKEN: "local-api-token" };
      expect(readConfig({ ...SET, LOCAL, ...optional })).toMatchObject({
        ok: true,
        problems: [
          expect.stringMatching(/^API_TOKEN is .*; it counts as not set$/),
          expect.stringMatching(
            /^CALLBACK_TOKEN_PREVIOUS is the public value.*; it counts as not set$/,
          ),
        ],
        config: { apiToken: undefined, tokens: { current: TOKEN, previous: undefined } },
      });
    },
  );

  it("names every problem at once", ({ expect }) => {
    const result = readConfig({ ...SET, SDK_APP_ID: "x", ON_BLOCKLIST_ERROR: "x" });
    expect(result).toMatchObject({
      problems: [/^SDK_APP_ID/, /^ON_/].map((p) => expect.stringMatching(p)),
    });
  });

  it.for(["false", "", true, 1])(
    "lets no token be short where LOCAL is %j",
    (LOCAL, { expect }) => {
      expect(readConfig({ ...SET, CALLBACK_TOKEN: "short", LOCAL })).toMatchObject({ ok: false });
    },
  );

  it("is parsed once for an env", ({ expect }) => {
    const env = { ...SET };
    expect(readConfig(env)).toBe(readConfig(env));
  });
});
