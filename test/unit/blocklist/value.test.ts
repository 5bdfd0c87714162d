import { describe, it } from "vitest";
import {
  type Action,
  appliesTo,
  parseRule,
  type Rule,
  reasonOf,
} from "../../../src/blocklist/value.ts";

const DEFAULTS: Rule = {
  code: 38000,
  actions: ["Request", "Agree", "AgreeAndAdd"],
  mode: "block",
};

describe("a value in plain text is the reason", () => {
  it.for<[value: string, reason: string | undefined, why: string]>([
    ["spam", "spam", "as it is"],
    ["No 垃圾, please 🚫", "No 垃圾, please 🚫", "in any script"],
    ["spam\n", "spam", "without the line break of a file"],
    ["\ufeff spam ", "spam", "without a byte order mark"],
    ["[1]", "[1]", "in brackets"],
    ['"spam"', '"spam"', "in quotes"],
    ["  ", undefined, "or the usual one where it is blank"],
    ["x".repeat(501), "x".repeat(500), "cut at 500 characters"],
    [`${"x".repeat(499)}🚫`, "x".repeat(499), "cut between characters"],
  ])("%j is shown as %j, %s", ([value, reason], { expect }) => {
    expect(parseRule(value)).toEqual({ ...DEFAULTS, reason });
  });
});

describe("an object overrides the defaults", () => {
  it.for<[fields: string, rule: Partial<Rule>]>([
    ["{}", {}],
    ['{"code":38000}', { code: 38000 }],
    ['{"code":39000}', { code: 39000 }],
    ['{"reason":"spam"}', { reason: "spam" }],
    ['{"reason":""}', { reason: "" }],
    ['{"actions":["Reject"]}', { actions: ["Reject"] }],
    [
      '{"actions":["Agree","AgreeAndAdd","Reject"]}',
      { actions: ["Agree", "AgreeAndAdd", "Reject"] },
    ],
    ['{"platforms":["Web","NewPhone"]}', { platforms: ["Web", "NewPhone"] }],
    ['{"mode":"block"}', { mode: "block" }],
    ['{"mode":"observe"}', { mode: "observe" }],
    ['{"mode":"allow"}', { mode: "allow" }],
    [' \n{"mode":"allow"}\n', { mode: "allow" }],
    ['{"unknown":1,"code":38001}', { code: 38001 }],
  ])("%s", ([value, rule], { expect }) => {
    expect(parseRule(value)).toEqual({ ...DEFAULTS, ...rule });
  });

  it.for<[value: string, request: string, response: string]>([
    ["spam", "spam", "spam"],
    ["", "This friend request is not allowed.", "This friend response is not allowed."],
    ["{}", "This friend request is not allowed.", "This friend response is not allowed."],
    ["{broken", "This friend request is not allowed.", "This friend response is not allowed."],
    ['{"reason":""}', "", ""],
  ])("%j says %j to a request, and %j to a response", ([value, ...said], { expect }) => {
    const rule = parseRule(value);
    expect([reasonOf(rule, "Request"), reasonOf(rule, "Agree")]).toEqual(said);
  });

  it("keeps the note from the reply", ({ expect }) => {
    expect(parseRule('{"note":"ticket 7"}').reason).toBeUndefined();
  });

  it("cuts its reason as it does plain text", ({ expect }) => {
    const rule = parseRule(JSON.stringify({ reason: `${"x".repeat(499)}🚫`, code: 38001 }));
    expect(rule).toEqual({ ...DEFAULTS, reason: "x".repeat(499), code: 38001 });
  });

  it("shows half a character as the replacement character", ({ expect }) => {
    expect(parseRule('{"reason":"a\\ud83d"}').reason).toBe("a\ufffd");
  });
});

describe("a value that cannot be read blocks with the defaults", () => {
  it.for([
    '{"code":',
    "{code: 38000}",
    '{"code":37999}',
    '{"code":39001}',
    '{"code":38000.5}',
    '{"code":"38000"}',
    '{"code":null}',
    '{"reason":7}',
    '{"actions":[]}',
    '{"actions":["agree"]}',
    '{"actions":"Agree"}',
    '{"platforms":[]}',
    '{"platforms":"Web"}',
    '{"platforms":[1]}',
    '{"note":7}',
    '{"mode":"deny"}',
    '{"mode":"allow","code":0}',
  ])("%s", (value, { expect }) => {
    expect(parseRule(value)).toEqual({ ...DEFAULTS, broken: true });
  });
});

describe("a rule applies", () => {
  it.for<[fields: object, action: Action, platform: string | undefined, applies: boolean]>([
    [{}, "Agree", "Web", true],
    [{}, "AgreeAndAdd", "Web", true],
    [{}, "Reject", "Web", false],
    [{ actions: ["Reject"] }, "Reject", "Web", true],
    [{ actions: ["Reject"] }, "Agree", "Web", false],
    [{ actions: ["Agree"] }, "AgreeAndAdd", "Web", false],
    [{}, "Agree", undefined, true],
    [{ platforms: ["Android"] }, "Agree", "Android", true],
    [{ platforms: ["Android", "iOS"] }, "Agree", "IOS", true],
    [{ platforms: ["Android"] }, "Agree", "Web", false],
    [{ platforms: ["Android"] }, "Agree", undefined, false],
    [{ platforms: ["Android"] }, "Reject", "Android", false],
  ])("%j to %s on %s: %s", ([fields, action, platform, applies], { expect }) => {
    expect(appliesTo(parseRule(JSON.stringify(fields)), action, platform)).toBe(applies);
  });
});
