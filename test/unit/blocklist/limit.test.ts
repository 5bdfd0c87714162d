import { describe, it } from "vitest";
import { type Decision, decide, type Rules, toVerdict } from "../../../src/blocklist/decide.ts";
import { type FriendAction, RULE_KINDS } from "../../../src/blocklist/key.ts";
import { isLimit, quotaValue, rateRule } from "../../../src/blocklist/limit.ts";
import { parseRule } from "../../../src/blocklist/value.ts";

/** Bob asks alice. */
const request: FriendAction = {
  responderId: "alice",
  applicantId: "bob",
  action: "Request",
  platform: "Web",
  clientIp: "192.0.2.1",
};

/** Rules by key: a mode, or a value. */
function rulesOf(rules: Record<string, string>): Rules {
  return new Map(
    Object.entries(rules).map(([key, rule]) => [
      key,
      parseRule(rule.startsWith("{") ? rule : `{"mode":"${rule}"}`),
    ]),
  );
}

function summary({ outcome, decidedBy, observed }: Decision) {
  return { outcome, by: decidedBy?.key, observed: observed?.key };
}

const BLOCKS = quotaValue(true, "since then");
const OBSERVES = quotaValue(false, "since then");

describe("the rule of a limit", () => {
  it("is one that refuses friend requests, as it stands in KV", ({ expect }) => {
    expect(parseRule(BLOCKS)).toEqual({
      code: 38_000,
      reason: "quota",
      actions: ["Request"],
      mode: "block",
      note: "since then",
    });
    expect(parseRule(OBSERVES)).toMatchObject({ reason: "quota", mode: "observe" });
  });

  it.for([
    [BLOCKS, true],
    [OBSERVES, true],
    ['{"reason":"quota","actions":["Request"],"code":38100}', true],
    ['{"reason":"quota","actions":["Request"],"mode":"allow"}', false],
    ['{"reason":"quota"}', false],
    ['{"reason":"quota","actions":["Request","Agree"]}', false],
    ['{"reason":"quotas","actions":["Request"]}', false],
    ['{"actions":["Request"]}', false],
    ["quota", false],
    ["{broken", false],
  ] as const)("is told from one that somebody wrote: %s is one: %s", ([value, is], { expect }) => {
    expect(isLimit(parseRule(value))).toBe(is);
  });

  it("is about friend requests only", ({ expect }) => {
    const rules = rulesOf({ "applicant:bob": BLOCKS });
    for (const action of ["Agree", "AgreeAndAdd", "Reject"] as const) {
      expect(decide({ ...request, action }, rules, RULE_KINDS).outcome).toBe("allow");
    }
  });

  it.for([
    ["the rate", {}, rateRule(true)],
    ["the day's number", { "applicant:bob": BLOCKS }, undefined],
  ] as const)("tells the client of %s what it is about", ([, rules, over], { expect }) => {
    const decision = decide(request, rulesOf(rules), RULE_KINDS, undefined, over);
    expect(toVerdict(decision, "Request")).toEqual({
      code: 38_000,
      info: "Too many friend requests. Try again later.",
    });
  });
});

describe("a limit decides where no rule does that somebody wrote", () => {
  it.for<
    [
      rules: Record<string, string>,
      over: "enforce" | "observe" | undefined,
      outcome: "allow" | "block",
      by?: string | undefined,
      observed?: string,
    ]
  >([
    [{}, "enforce", "block", "rate"],
    [{}, "observe", "allow", undefined, "rate"],
    [{ "applicant:bob": BLOCKS }, undefined, "block", "applicant:bob"],
    [{ "applicant:bob": OBSERVES }, undefined, "allow", undefined, "applicant:bob"],
    [{ "applicant:bob": BLOCKS }, "enforce", "block", "applicant:bob"],
    [{ "applicant:bob": OBSERVES }, "enforce", "block", "rate"],
    [{ "applicant:bob": BLOCKS }, "observe", "block", "applicant:bob"],
    [{ "applicant:bob": OBSERVES }, "observe", "allow", undefined, "applicant:bob"],

    [{ "pair:alice:bob": "allow" }, "enforce", "allow", "pair:alice:bob"],
    [{ "user:alice": "allow" }, "enforce", "allow", "user:alice"],
    [{ "user:bob": "allow" }, "enforce", "allow", "user:bob"],
    [{ "responder:alice": "allow" }, "enforce", "allow", "responder:alice"],
    [{ "applicant:bob": "allow" }, "enforce", "allow", "applicant:bob"],
    [{ "ip:192.0.2.1": "allow" }, "enforce", "allow", "ip:192.0.2.1"],
    [{ "ip:192.0.2.1": "allow" }, "observe", "allow", "ip:192.0.2.1"],
    [{ "pair:alice:bob": "allow", "applicant:bob": BLOCKS }, undefined, "allow", "pair:alice:bob"],
    [{ "user:bob": "allow", "applicant:bob": BLOCKS }, "enforce", "allow", "user:bob"],
    [{ "user:alice": "allow", "applicant:bob": OBSERVES }, undefined, "allow", "user:alice"],
    [
      { "responder:alice": "allow", "applicant:bob": BLOCKS },
      "enforce",
      "allow",
      "responder:alice",
    ],
    [{ "ip:192.0.2.1": "allow", "applicant:bob": BLOCKS }, "enforce", "allow", "ip:192.0.2.1"],

    [{ "ip:192.0.2.1": "block" }, "enforce", "block", "ip:192.0.2.1"],
    [{ "ip:192.0.2.1": "block", "applicant:bob": BLOCKS }, undefined, "block", "ip:192.0.2.1"],
    [{ "ip:192.0.2.1": "observe" }, "enforce", "block", "rate"],
    [{ "ip:192.0.2.1": "observe" }, "observe", "allow", undefined, "ip:192.0.2.1"],
    [
      { "ip:192.0.2.1": "allow", "user:bob": "observe" },
      "enforce",
      "allow",
      "ip:192.0.2.1",
      "user:bob",
    ],
    [{ "user:bob": '{"mode":"allow","actions":["Agree"]}' }, "enforce", "block", "rate"],
  ])("%j, over the rate: %s: %s", ([rules, mode, outcome, by, observed], { expect }) => {
    const over = mode && rateRule(mode === "enforce");
    expect(summary(decide(request, rulesOf(rules), RULE_KINDS, undefined, over))).toEqual({
      outcome,
      by,
      observed,
    });
  });

  it.for([
    ["user:bob", "block"],
    ["pair:alice:bob", "block"],
  ] as const)("which is in force though %s was not read", ([key, onBlocklistError], { expect }) => {
    const unread = { keys: new Set([key]), onBlocklistError };
    const decision = decide(request, new Map(), RULE_KINDS, unread, rateRule(true));
    expect(summary(decision)).toMatchObject({ outcome: "block", by: "rate" });
  });

  it("which only observes leaves what was not read to ON_BLOCKLIST_ERROR", ({ expect }) => {
    const unread = { keys: new Set(["user:bob"]), onBlocklistError: "block" } as const;
    const decision = decide(request, new Map(), RULE_KINDS, unread, rateRule(false));
    expect(decision).toEqual({ outcome: "block", undecided: true });
  });
});
