import fc from "fast-check";
import { describe, it } from "vitest";
import { draftOf, EMPTY_DRAFT, toPut } from "../../console/blocklist/draft.ts";
import { type FeedItem, fits, merged, NO_FILTERS, nameOf } from "../../console/live/feed.ts";
import { asKey, partsOf } from "../../console/parts/keys.ts";
import { hrefOf, PAGES, parseRoute } from "../../console/route.ts";
import { buildKey, RULE_KINDS } from "../../src/blocklist/key.ts";
import { ACTIONS, MODES, parseRule } from "../../src/blocklist/value.ts";
import { REASON_MAX_CHARS, RULE_CODE_MAX, RULE_CODE_MIN } from "../../src/limits.ts";

const id = fc
  .string({ unit: "binary", minLength: 1, maxLength: 40 })
  .filter((text) => text.trim() !== "");

describe("an address of the console", () => {
  it("leads to what it was made of, whatever the ids are", ({ expect }) => {
    const query = fc.dictionary(fc.string({ minLength: 1 }), id, { noNullPrototype: true });
    fc.assert(
      fc.property(fc.constantFrom(...PAGES), fc.array(id), query, (page, parts, asked) => {
        expect(parseRoute(hrefOf(page, parts, asked))).toEqual({ page, parts, query: asked });
      }),
    );
  });

  it("that nobody made is some page all the same", ({ expect }) => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (hash) => {
        expect(PAGES).toContain(parseRoute(hash).page);
      }),
    );
    expect(parseRoute("#/user/%E0%A4%A").parts).toEqual(["%E0%A4%A"]);
  });
});

describe("the key of a rule", () => {
  it("shows the ids that it was made of", ({ expect }) => {
    fc.assert(
      fc.property(fc.constantFrom(...RULE_KINDS), id, id, (kind, first, second) => {
        const ids = kind === "pair" ? [first, second] : [first];
        expect(partsOf(buildKey(kind, ids))).toEqual({ kind, ids });
      }),
    );
  });

  it.for([
    ["user:小明", "user:%E5%B0%8F%E6%98%8E"],
    ["user:a b", "user:a%20b"],
    ["user:%E5%B0%8F", "user:%E5%B0%8F"],
    ["pair:a:b", "pair:a:b"],
    ["", ""],
  ] as const)("that is typed as %j begins with %j", ([typed, key], { expect }) => {
    expect(asKey(typed)).toBe(key);
  });
});

describe("Live", () => {
  const item = fc.record({
    type: fc.constantFrom("friends-added" as const, "blacklist-added" as const),
    id: fc.nat({ max: 20 }).map(String),
    at: fc.nat({ max: 100 }),
    userId: fc.constantFrom("alice", "Bob"),
    otherId: fc.constant("carol"),
  });
  /** The same id is the same thing: it has one time. */
  const items = fc
    .array(item)
    .map((all): FeedItem[] => all.map((each) => ({ ...each, at: Number(each.id) * 3 })));

  it("has each thing once and the newest first, however often and late it is read", ({
    expect,
  }) => {
    fc.assert(
      fc.property(fc.array(items), (reads) => {
        const held = reads.reduce(merged, [] as FeedItem[]);
        const names = held.map(nameOf);
        expect(new Set(names)).toEqual(new Set(reads.flat().map(nameOf)));
        expect(names.length).toBe(new Set(names).size);
        expect(held.map(({ at }) => at)).toEqual(held.map(({ at }) => at).sort((a, b) => b - a));
        expect(reads.reduce(merged, held)).toBe(held);
      }),
    );
  });

  it("finds users by a part of their id, in any case", ({ expect }) => {
    const change = { type: "friends-added", id: "1", at: 1, userId: "Bob", otherId: "al" } as const;
    for (const [user, expected] of [
      ["bo", true],
      [" AL ", true],
      ["", true],
      ["eve", false],
    ] as const) {
      expect(fits(change, { ...NO_FILTERS, user }), user).toBe(expected);
    }
  });
});

describe("a rule in the form", () => {
  const now = Date.UTC(2026, 10, 26);
  const text = fc
    .string({ unit: "grapheme", maxLength: REASON_MAX_CHARS / 5 })
    .map((each) => each.trim());
  const draft = fc.record({
    kind: fc.constantFrom("user" as const, "applicant" as const, "pair" as const),
    ids: fc.tuple(fc.constantFrom("alice", "小 明", "a:b"), fc.constantFrom("bob", "%", "é")),
    mode: fc.constantFrom(...MODES),
    reason: text,
    code: fc.integer({ min: RULE_CODE_MIN, max: RULE_CODE_MAX }).map(String),
    actions: fc.subarray([...ACTIONS], { minLength: 1 }),
    platforms: fc.subarray(["Web", "iOS", "Android"]).map((names) => names.join(", ")),
    note: text,
    expiry: fc.constantFrom("never" as const, "week" as const),
    expiresAt: fc.constant(""),
  });

  it("is stored as it was filled in, and comes back so", ({ expect }) => {
    fc.assert(
      fc.property(draft, (filled) => {
        const put = toPut(filled, undefined, now);
        if (!put.ok) throw new Error(put.message ?? put.problem);
        const value = JSON.stringify(put.body);
        const rule = parseRule(value);
        expect(rule).not.toHaveProperty("broken");
        const entry = { key: put.key, value, rule, problems: [], expiresAt: null, madeBy: null };
        const stored = {
          ...entry,
          rule: { ...rule, actions: [...rule.actions], note: filled.note },
        };
        const [first, second] = filled.ids;
        expect(draftOf(stored as unknown as Parameters<typeof draftOf>[0])).toEqual({
          ...filled,
          ids: [first, filled.kind === "pair" ? second : ""],
          actions: ACTIONS.filter((action) => filled.actions.includes(action)),
          expiry: "never",
        });
      }),
    );
  });

  it.for([
    [{ ids: ["", ""] }, "noId"],
    [{ kind: "pair", ids: ["alice", " "] }, "noId"],
    [{ code: "37999" }, "wrongCode"],
    [{ code: "38000.5" }, "wrongCode"],
    [{ actions: [] }, "noAction"],
    [{ expiry: "at", expiresAt: "" }, "noTime"],
    [{ expiry: "at", expiresAt: "2026-11-25T00:00" }, "noTime"],
  ] as const)("is not stored as %j: %s", ([changed, problem], { expect }) => {
    const filled = { ...EMPTY_DRAFT, ids: ["alice", ""], ...changed } as typeof EMPTY_DRAFT;
    expect(toPut(filled, undefined, now)).toEqual({ ok: false, problem });
  });
});
