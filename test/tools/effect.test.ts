import { describe, it } from "vitest";
import { effectOf, type Received } from "../../tools/tencent/effect.ts";

const BEFORE = "Sns.CallbackPrevFriendResponse";
const AFTER = "Sns.CallbackFriendAdd";

function received(reply: unknown, { status = 200, elapsedMs = 10 } = {}): Received {
  const text = typeof reply === "string" ? reply : JSON.stringify(reply);
  return { ok: true, status, text, elapsedMs };
}

function replyToItems(...items: [account: string, code: unknown][]) {
  return {
    ActionStatus: "OK",
    ErrorCode: 0,
    ErrorInfo: "",
    ResultItem: items.map(([To_Account, ResultCode]) => ({
      To_Account,
      ResultCode,
      ResultInfo: "",
    })),
  };
}

const OK = { ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "" };
const FAIL = { ActionStatus: "FAIL", ErrorCode: 38002, ErrorInfo: "no" };

describe("a before-callback that blocks in its reply", () => {
  it("blocks nothing when the reply counts as failed", ({ expect }) => {
    const blocking = replyToItems(["spammer", 38000]);
    const failures: Received[] = [
      received(blocking, { status: 500 }),
      received(blocking, { status: 201 }),
      received(blocking, { elapsedMs: 2001 }),
      received("<html></html>"),
      received("[]x"),
      received("null"),
      { ok: false, error: "ECONNREFUSED", elapsedMs: 1 },
    ];
    for (const failure of failures) {
      const effect = effectOf(BEFORE, ["spammer"], failure);
      expect(effect.outcome).toBe("failed");
      expect(effect.ok).toBe(false);
      expect(effect.problems).toHaveLength(1);
      expect(effect.items).toMatchObject([{ account: "spammer", blocked: false }]);
    }
  });

  it("blocks exactly at 2 s, and when it is answered in time", ({ expect }) => {
    const effect = effectOf(
      BEFORE,
      ["spammer"],
      received(replyToItems(["spammer", 38000]), { elapsedMs: 2000 }),
    );
    expect(effect).toMatchObject({ outcome: "decided", ok: true, problems: [] });
    expect(effect.items).toEqual([
      { account: "spammer", blocked: true, because: "ResultCode 38000", code: 38000 },
    ]);
  });

  it.for([
    [{ ...replyToItems(["spammer", 38000]), ActionStatus: "FAIL" }, []],
    [{ ...replyToItems(["spammer", 38000]), ErrorCode: 38001 }, []],
    [FAIL, []],
    [{ ...FAIL, ErrorCode: 1 }, ["ErrorCode 1 is not in 38000..39000"]],
  ] as const)("blocks nothing when it says that it failed: %j", ([reply, problems], { expect }) => {
    const effect = effectOf(BEFORE, ["spammer"], received(reply));
    expect(effect).toMatchObject({ outcome: "passes", ok: false, problems });
    expect(effect.items).toMatchObject([{ blocked: false }]);
  });
});

describe("an item of a before-callback", () => {
  it.for([
    [0, false, 0],
    [37_999, false, 1],
    [38_000, true, 0],
    [39_000, true, 0],
    [39_001, false, 1],
    [1, false, 1],
    [-1, false, 1],
  ] as const)("with ResultCode %i is blocked: %s", ([code, blocked, problems], { expect }) => {
    const effect = effectOf(BEFORE, ["bob"], received(replyToItems(["bob", code])));
    expect(effect.items.map((item) => item.blocked)).toEqual([blocked]);
    expect(effect.problems).toHaveLength(problems);
  });

  it("that has no answer is undocumented, and not what the protocol allows", ({ expect }) => {
    const effect = effectOf(BEFORE, ["bob", "carol"], received(replyToItems(["carol", 38000])));
    expect(effect.items).toMatchObject([
      { account: "bob", blocked: false, because: expect.stringContaining("undocumented") },
      { account: "carol", blocked: true },
    ]);
    expect(effect.problems).toEqual(['no ResultItem for "bob"']);
  });

  it("that was asked twice wants two answers", ({ expect }) => {
    const once = effectOf(BEFORE, ["bob", "bob"], received(replyToItems(["bob", 38000])));
    expect(once.problems).toEqual(['no ResultItem for "bob"']);
    const twice = effectOf(
      BEFORE,
      ["bob", "bob"],
      received(replyToItems(["bob", 38000], ["bob", 0])),
    );
    expect(twice.items.map(({ blocked }) => blocked)).toEqual([true, false]);
    expect(twice.problems).toEqual([]);
  });

  it("that nobody asked about, or that cannot be read, is a problem", ({ expect }) => {
    const effect = effectOf(BEFORE, [], received(replyToItems(["bob", 0], ["carol", "0"])));
    expect(effect.problems).toEqual([
      "ResultItem 1: ResultCode is not a whole number",
      '"bob" was not asked about',
    ]);
  });
});

describe("an action of another family", () => {
  it.for([
    ["C2C.CallbackBeforeSendMsg", 0, false, "the action passes", 0],
    ["C2C.CallbackBeforeSendMsg", 1, true, "the action is refused", 0],
    ["C2C.CallbackBeforeSendMsg", 2, true, "the message is dropped", 0],
    ["C2C.CallbackBeforeSendMsg", 120_001, true, "own code 120001", 0],
    ["C2C.CallbackBeforeSendMsg", 130_000, true, "own code 130000", 0],
    ["C2C.CallbackBeforeSendMsg", 120_000, false, "undocumented", 1],
    ["C2C.CallbackBeforeSendMsg", 130_001, false, "undocumented", 1],
    ["C2C.CallbackBeforeSendMsg", 10_100, false, "undocumented", 1],
    ["Group.CallbackBeforeSendMsg", 2, true, "the message is dropped", 0],
    ["Group.CallbackBeforeCreateGroup", 2, false, "undocumented", 1],
    ["Group.CallbackBeforeCreateGroup", 10_100, true, "own code 10100", 0],
    ["Group.CallbackBeforeCreateGroup", 38_000, false, "undocumented", 1],
    ["New.CallbackBeforeSomething", 0, false, "the action passes", 0],
    ["New.CallbackBeforeSomething", 9, false, "undocumented", 1],
  ] as const)(
    "%s with ErrorCode %i is refused as a whole: %s",
    ([command, ErrorCode, blocked, says, problems], { expect }) => {
      const effect = effectOf(command, [], received({ ...OK, ErrorCode }));
      expect(effect).toMatchObject({
        outcome: "decided",
        blocked,
        says: expect.stringContaining(says),
      });
      expect(effect.problems).toHaveLength(problems);
      expect(effect.ok).toBe(problems === 0);
    },
  );

  it.for([received(OK, { status: 502 }), received({ ...FAIL, ErrorCode: 1 })])(
    "is the console's to decide where the callback failed: %j",
    (reply, { expect }) => {
      const effect = effectOf("C2C.CallbackBeforeSendMsg", [], reply);
      expect(effect).toMatchObject({ ok: false, blocked: false });
      expect(effect.says).toContain("the console's policy for that decides");
    },
  );
});

describe("an after-callback", () => {
  it.for([
    [OK, true, 0],
    [{ ...FAIL, ErrorCode: 1 }, false, 0],
    [FAIL, false, 1],
    [{ ...OK, ActionStatus: "ok" }, false, 1],
    [{ ActionStatus: "OK", ErrorCode: 0 }, false, 1],
    [{ ...OK, ErrorCode: "0" }, false, 1],
  ] as const)("answered with %j changes nothing", ([reply, ok, problems], { expect }) => {
    const effect = effectOf(AFTER, [], received(reply));
    expect(effect).toMatchObject({ outcome: "noted", ok, items: [] });
    expect(effect.problems).toHaveLength(problems);
  });
});
