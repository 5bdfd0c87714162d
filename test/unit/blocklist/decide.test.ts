import { describe, it } from "vitest";
import {
  type Decision,
  decide,
  type Rules,
  toVerdict,
  undecided,
} from "../../../src/blocklist/decide.ts";
import {
  buildKey,
  buildKeys,
  type FriendAction,
  normalizeIp,
  RULE_KINDS,
  type RuleKind,
} from "../../../src/blocklist/key.ts";
import { type Action, parseRule } from "../../../src/blocklist/value.ts";

const bob: FriendAction = {
  responderId: "alice",
  applicantId: "bob",
  action: "AgreeAndAdd",
  platform: "Web",
  clientIp: "192.0.2.1",
};

/** Rules by key: a mode, or an object of fields. */
function rulesOf(rules: Record<string, string | object>): Rules {
  return new Map(
    Object.entries(rules).map(([key, rule]) => [
      key,
      parseRule(JSON.stringify(typeof rule === "string" ? { mode: rule } : rule)),
    ]),
  );
}

function summary({ outcome, decidedBy, observed }: Decision) {
  return { outcome, by: decidedBy?.key, ...(observed && { observed: observed.key }) };
}

describe("the keys of an action", () => {
  it.for<[kinds: RuleKind[], response: Partial<FriendAction>, keys: string[]]>([
    [["pair"], {}, ["pair:alice:bob"]],
    [["user"], {}, ["user:alice", "user:bob"]],
    [["responder"], {}, ["responder:alice"]],
    [["applicant"], {}, ["applicant:bob"]],
    [["ip"], {}, ["ip:192.0.2.1"]],
    [["ip"], { clientIp: undefined }, []],
    [["ip"], { clientIp: "unknown" }, []],
    [["pair"], { requesterId: "carol" }, ["pair:alice:bob"]],
    [["user"], { requesterId: "carol" }, ["user:alice", "user:carol", "user:bob"]],
    [["responder"], { requesterId: "carol" }, ["responder:alice", "responder:carol"]],
    [["applicant"], { requesterId: "carol" }, ["applicant:bob"]],
    [["user"], { requesterId: "alice" }, ["user:alice", "user:bob"]],
    [["user"], { requesterId: "" }, ["user:alice", "user:bob"]],
    [["user"], { applicantId: "x".repeat(128) }, ["user:alice", `user:${"x".repeat(128)}`]],
    [["user"], { applicantId: "x".repeat(129) }, ["user:alice"]],
    [
      ["pair", "user"],
      { applicantId: "b:o/b" },
      ["pair:alice:b%3Ao%2Fb", "user:alice", "user:b%3Ao%2Fb"],
    ],
    [["applicant"], { applicantId: "小明" }, ["applicant:%E5%B0%8F%E6%98%8E"]],
    [["applicant"], { applicantId: "\ud800" }, ["applicant:%EF%BF%BD"]],
    [["applicant"], { applicantId: "@TLS#NOT_FOUND" }, ["applicant:%40TLS%23NOT_FOUND"]],
  ])("for %j of a response with %j are %j", ([kinds, response, keys], { expect }) => {
    expect(buildKeys({ ...bob, ...response }, kinds).map(({ key }) => key)).toEqual(keys);
  });

  it.for<[kinds: RuleKind[], request: Partial<FriendAction>, keys: string[]]>([
    [["pair"], {}, ["pair:alice:bob"]],
    [["user"], {}, ["user:alice", "user:bob"]],
    [["responder"], {}, ["responder:alice"]],
    [["applicant"], {}, ["applicant:bob"]],
    [["ip"], {}, ["ip:192.0.2.1"]],
    [["pair"], { requesterId: "carol" }, ["pair:alice:bob"]],
    [["user"], { requesterId: "carol" }, ["user:alice", "user:bob", "user:carol"]],
    [["responder"], { requesterId: "carol" }, ["responder:alice"]],
    [["applicant"], { requesterId: "carol" }, ["applicant:bob", "applicant:carol"]],
    [["user"], { requesterId: "bob" }, ["user:alice", "user:bob"]],
    [["applicant"], { requesterId: "" }, ["applicant:bob"]],
    [["applicant"], { requesterId: "x".repeat(129) }, ["applicant:bob"]],
  ])("for %j of a request with %j are %j", ([kinds, request, keys], { expect }) => {
    const action = { ...bob, action: "Request" as const, ...request };
    expect(buildKeys(action, kinds).map(({ key }) => key)).toEqual(keys);
  });

  it("keep a colon inside of an id from passing for the separator", ({ expect }) => {
    expect(buildKey("pair", ["a:b", "c"])).not.toBe(buildKey("pair", ["a", "b:c"]));
  });
});

describe("an address has one spelling", () => {
  it.for<[text: string, address: string | undefined]>([
    ["192.0.2.1", "192.0.2.1"],
    ["0.0.0.0", "0.0.0.0"],
    ["256.0.2.1", undefined],
    ["192.0.2.01", undefined],
    ["192.0.2", undefined],
    ["3221225985", undefined],
    ["0xc0.0.2.1", undefined],
    ["2001:db8::1", "2001:db8::1"],
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["2001:0db8::0001", "2001:db8::1"],
    ["::1", "::1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:C000:0201", "192.0.2.1"],
    ["[2001:db8::1]", undefined],
    ["fe80::1%eth0", undefined],
    ["2001:db8::1::2", undefined],
    ["example.com", undefined],
    ["192.0.2.1:80", undefined],
    ["", undefined],
  ])("%j is %j", ([text, address], { expect }) => {
    expect(normalizeIp(text)).toBe(address);
  });
});

describe("each kind of rule", () => {
  it.for<[key: string, kind: RuleKind, role: string]>([
    ["pair:alice:bob", "pair", "the pair"],
    ["user:alice", "user", "the responder"],
    ["user:bob", "user", "the applicant"],
    ["responder:alice", "responder", "the responder"],
    ["applicant:bob", "applicant", "the applicant"],
    ["ip:192.0.2.1", "ip", "the address"],
  ])("%s blocks %s: %s", ([key, kind], { expect }) => {
    const decision = decide(bob, rulesOf({ [key]: "block" }), RULE_KINDS);
    expect(decision).toMatchObject({ outcome: "block", decidedBy: { kind, key } });
    const others = RULE_KINDS.filter((other) => other !== kind);
    expect(decide(bob, rulesOf({ [key]: "block" }), others).outcome).toBe("allow");
  });

  it.for(["pair:bob:alice", "responder:bob", "applicant:alice", "user:carol", "ip:192.0.2.2"])(
    "%s does not",
    (key, { expect }) => {
      expect(decide(bob, rulesOf({ [key]: "block" }), RULE_KINDS)).toEqual({ outcome: "allow" });
    },
  );

  it.for(["user:carol", "responder:carol"])(
    "%s blocks who answers for alice",
    (key, { expect }) => {
      const response = { ...bob, requesterId: "carol" };
      expect(decide(response, rulesOf({ [key]: "block" }), RULE_KINDS).outcome).toBe("block");
    },
  );

  it.for(["user:carol", "applicant:carol"])("%s blocks who asks for bob", (key, { expect }) => {
    const request = { ...bob, action: "Request" as const, requesterId: "carol" };
    expect(decide(request, rulesOf({ [key]: "block" }), RULE_KINDS).outcome).toBe("block");
    const asResponder = rulesOf({ "responder:carol": "block" });
    expect(decide(request, asResponder, RULE_KINDS).outcome).toBe("allow");
  });

  it.for<[actions: Action[] | undefined, action: Action, outcome: "allow" | "block"]>([
    [undefined, "Request", "block"],
    [undefined, "Reject", "allow"],
    [["Request"], "Request", "block"],
    [["Request"], "AgreeAndAdd", "allow"],
    [["Agree", "AgreeAndAdd", "Reject"], "Request", "allow"],
  ])("for the actions %j decides about %s: %s", ([actions, action, outcome], { expect }) => {
    const rules = rulesOf({ "applicant:bob": { actions } });
    expect(decide({ ...bob, action }, rules, RULE_KINDS).outcome).toBe(outcome);
  });

  it("does not decide where it is for other actions or platforms", ({ expect }) => {
    const rules = rulesOf({
      "pair:alice:bob": { actions: ["Reject"] },
      "user:bob": { platforms: ["Android"] },
      "ip:192.0.2.1": { mode: "block" },
    });
    expect(summary(decide(bob, rules, RULE_KINDS))).toEqual({
      outcome: "block",
      by: "ip:192.0.2.1",
    });
  });
});

describe("the narrower rule decides, the stricter among equals, and observing changes nothing", () => {
  it.for<
    [
      rules: Record<string, string>,
      outcome: "allow" | "block",
      by?: string | undefined,
      observed?: string,
    ]
  >([
    [{}, "allow"],
    [{ "pair:alice:bob": "allow" }, "allow", "pair:alice:bob"],
    [{ "pair:alice:bob": "allow", "user:bob": "block" }, "allow", "pair:alice:bob"],
    [{ "pair:alice:bob": "block", "user:bob": "allow" }, "block", "pair:alice:bob"],
    [{ "user:bob": "allow", "ip:192.0.2.1": "block" }, "allow", "user:bob"],
    [{ "user:bob": "block", "ip:192.0.2.1": "allow" }, "block", "user:bob"],
    [{ "applicant:bob": "allow", "ip:192.0.2.1": "block" }, "allow", "applicant:bob"],
    [{ "responder:alice": "block", "ip:192.0.2.1": "allow" }, "block", "responder:alice"],
    [{ "user:alice": "allow", "user:bob": "block" }, "block", "user:bob"],
    [{ "user:alice": "block", "user:bob": "allow" }, "block", "user:alice"],
    [{ "user:bob": "allow", "applicant:bob": "block" }, "block", "applicant:bob"],
    [{ "responder:alice": "allow", "applicant:bob": "block" }, "block", "applicant:bob"],
    [{ "user:alice": "block", "user:bob": "block" }, "block", "user:alice"],
    [{ "applicant:bob": "block", "user:bob": "block" }, "block", "user:bob"],
    [{ "applicant:bob": "block", "responder:alice": "block" }, "block", "responder:alice"],

    [{ "user:bob": "observe" }, "allow", undefined, "user:bob"],
    [{ "pair:alice:bob": "observe", "user:bob": "block" }, "block", "user:bob"],
    [{ "pair:alice:bob": "block", "user:bob": "observe" }, "block", "pair:alice:bob"],
    [{ "pair:alice:bob": "observe", "user:bob": "allow" }, "allow", "user:bob", "pair:alice:bob"],
    [{ "pair:alice:bob": "allow", "user:bob": "observe" }, "allow", "pair:alice:bob"],
    [{ "user:alice": "allow", "user:bob": "observe" }, "allow", "user:alice", "user:bob"],
    [{ "user:alice": "observe", "user:bob": "block" }, "block", "user:bob"],
    [{ "user:bob": "allow", "ip:192.0.2.1": "observe" }, "allow", "user:bob"],
    [{ "user:bob": "observe", "ip:192.0.2.1": "allow" }, "allow", "ip:192.0.2.1", "user:bob"],
    [{ "user:bob": "observe", "ip:192.0.2.1": "observe" }, "allow", undefined, "user:bob"],
  ])("%j: %s", ([rules, outcome, by, observed], { expect }) => {
    expect(summary(decide(bob, rulesOf(rules), RULE_KINDS))).toEqual({
      outcome,
      by,
      ...(observed && { observed }),
    });
  });
});

describe("what is said of a refusal", () => {
  it.for<[action: Action, info: string]>([
    ["Request", "This friend request is not allowed."],
    ["Agree", "This friend response is not allowed."],
    ["AgreeAndAdd", "This friend response is not allowed."],
  ])("of %s without a reason is %j", ([action, info], { expect }) => {
    const decision = decide({ ...bob, action }, rulesOf({ "user:bob": "block" }), RULE_KINDS);
    expect(toVerdict(decision, action)).toEqual({ code: 38_000, info });
  });

  it.for<[action: Action, code: number, info: string]>([
    ["Request", 38_001, "The friend request cannot be checked now. Try again later."],
    ["AgreeAndAdd", 38_001, "The friend response cannot be checked now. Try again later."],
    ["Reject", 0, ""],
  ])("of %s that cannot be checked is %d %j", ([action, code, info], { expect }) => {
    expect(toVerdict(undecided(action, "block"), action)).toEqual({ code, info });
    expect(toVerdict(undecided(action, "allow"), action)).toEqual({ code: 0, info: "" });
  });
});
