import fc from "fast-check";
import { it } from "vitest";
import { decide } from "../../src/blocklist/decide.ts";
import { buildKey, type FriendAction, RULE_KINDS } from "../../src/blocklist/key.ts";
import { quotaValue, rateRule } from "../../src/blocklist/limit.ts";
import { ACTIONS, MODES, parseRule } from "../../src/blocklist/value.ts";

const id = fc.constantFrom("alice", "bob", "carol", "小明");
const ip = fc.constantFrom("192.0.2.1", "2001:db8::1");

/** The rule about an applicant is the limit's: nobody wrote another one there. */
const rule = fc
  .record({
    kind: fc.constantFrom("pair" as const, "user" as const, "responder" as const, "ip" as const),
    parts: fc.tuple(id, id),
    ip,
    mode: fc.constantFrom(...MODES),
    actions: fc.option(fc.subarray([...ACTIONS], { minLength: 1 }), { nil: undefined }),
  })
  .map(({ kind, parts, ip, mode, actions }) => ({
    key: buildKey(kind, kind === "ip" ? [ip] : kind === "pair" ? parts : [parts[0]]),
    value: JSON.stringify({ mode, actions }),
  }));

const about: fc.Arbitrary<FriendAction> = fc.record({
  responderId: id,
  applicantId: id,
  requesterId: fc.option(id, { nil: undefined }),
  action: fc.constant("Request"),
  clientIp: fc.option(ip, { nil: undefined }),
});

const limit = fc.constantFrom("enforce", "observe", undefined);

it("no limit changes what a rule decides that somebody wrote, and where none does the limits decide", ({
  expect,
}) => {
  fc.assert(
    fc.property(
      fc.array(rule, { maxLength: 12 }),
      about,
      limit,
      limit,
      (rules, about, rate, quota) => {
        const written = new Map(rules.map(({ key, value }) => [key, parseRule(value)]));
        const own = decide(about, written, RULE_KINDS);
        const all = new Map(written);
        if (quota) {
          const key = buildKey("applicant", [about.applicantId]);
          all.set(key, parseRule(quotaValue(quota === "enforce", "")));
        }
        const over = rate && rateRule(rate === "enforce");
        const limited = decide(about, all, RULE_KINDS, undefined, over);

        if (own.decidedBy !== undefined) {
          expect(limited).toEqual(own);
        } else if (rate === "enforce" || quota === "enforce") {
          expect(limited).toMatchObject({
            outcome: "block",
            decidedBy: { key: expect.any(String) },
          });
          expect(written.has(limited.decidedBy?.key ?? "")).toBe(false);
        } else {
          expect(limited.outcome).toBe("allow");
          expect(limited.decidedBy).toBe(undefined);
          const isObserved =
            own.observed !== undefined || rate === "observe" || quota === "observe";
          expect(limited.observed !== undefined).toBe(isObserved);
          if (own.observed) expect(limited.observed).toEqual(own.observed);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});
