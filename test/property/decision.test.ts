import fc from "fast-check";
import { it } from "vitest";
import { decide } from "../../src/blocklist/decide.ts";
import {
  buildKey,
  type FriendResponse,
  RULE_KINDS,
  type RuleKind,
} from "../../src/blocklist/key.ts";
import { ACTIONS, MODES, type Mode, parseRule } from "../../src/blocklist/value.ts";

/** A rule as an operator thinks of it: no key, no JSON. */
type Wish = {
  kind: RuleKind;
  about: string;
  /** The applicant, where the rule is about a pair. */
  to: string;
  mode: Mode;
  actions: readonly string[] | undefined;
  platforms: readonly string[] | undefined;
};

/** The chapter of the README, word for word and without a thought of speed. */
function asTheReadmeSays(response: FriendResponse, wishes: Wish[], lookedUp: RuleKind[]) {
  const applying = wishes.filter(
    (wish) =>
      lookedUp.includes(wish.kind) &&
      isAbout(wish, response) &&
      (wish.actions ?? ["Agree", "AgreeAndAdd"]).includes(response.action) &&
      (wish.platforms === undefined || wish.platforms.includes(response.platform ?? "none")),
  );
  const decidedBy = first(
    applying.filter(({ mode }) => mode !== "observe"),
    response,
  );
  if (decidedBy?.mode === "block") return { outcome: "block", decidedBy, observed: undefined };
  const ifAllWereInForce = first(applying, response);
  return {
    outcome: "allow",
    decidedBy,
    observed: ifAllWereInForce?.mode === "observe" ? ifAllWereInForce : undefined,
  };
}

function isAbout({ kind, about, to }: Wish, response: FriendResponse): boolean {
  const { responderId, requesterId, applicantId, clientIp } = response;
  if (kind === "pair") return about === responderId && to === applicantId;
  if (kind === "applicant") return about === applicantId;
  if (kind === "responder") return about === responderId || about === requesterId;
  if (kind === "user") return [responderId, requesterId, applicantId].includes(about);
  return about === clientIp;
}

/** The narrower before the wider, the stricter before the milder, then in the order of the table. */
function first(wishes: Wish[], { responderId, requesterId }: FriendResponse): Wish | undefined {
  const place = ({ kind, about, mode }: Wish) => [
    kind === "pair" ? 0 : kind === "ip" ? 2 : 1,
    mode === "allow" ? 1 : 0,
    ["pair", "user", "responder", "applicant", "ip"].indexOf(kind),
    about === responderId ? 0 : about === requesterId ? 1 : 2,
  ];
  const before = (a: Wish, b: Wish) => {
    const [placeA, placeB] = [place(a), place(b)];
    const index = placeA.findIndex((rank, i) => rank !== placeB[i]);
    return index === -1 ? 0 : (placeA[index] ?? 0) - (placeB[index] ?? 0);
  };
  return wishes.toSorted(before)[0];
}

// Few of each, so that rules and responses meet; some ids need encoding.
const id = fc.constantFrom("alice", "bob", "a:b", "b", "小明", "100%");
const ip = fc.constantFrom("192.0.2.1", "2001:db8::1");
const platform = fc.constantFrom("Web", "Android", "iOS");

const wish: fc.Arbitrary<Wish> = fc.constantFrom(...RULE_KINDS).chain((kind) =>
  fc.record({
    kind: fc.constant(kind),
    about: kind === "ip" ? ip : id,
    to: kind === "pair" ? id : fc.constant(""),
    mode: fc.constantFrom(...MODES),
    actions: fc.option(fc.subarray([...ACTIONS], { minLength: 1 }), { nil: undefined }),
    platforms: fc.option(fc.uniqueArray(platform, { minLength: 1 }), { nil: undefined }),
  }),
);

const response: fc.Arbitrary<FriendResponse> = fc.record({
  responderId: id,
  applicantId: id,
  requesterId: fc.option(id, { nil: undefined }),
  action: fc.constantFrom(...ACTIONS),
  platform: fc.option(platform, { nil: undefined }),
  clientIp: fc.option(ip, { nil: undefined }),
});

function keyFor({ kind, about, to }: Wish): string {
  return buildKey(kind, kind === "pair" ? [about, to] : [about]);
}

function valueFor({ mode, actions, platforms }: Wish): string {
  return JSON.stringify({ mode, actions, platforms });
}

it("decides as the README says, whatever the rules and the response", ({ expect }) => {
  fc.assert(
    fc.property(
      fc.uniqueArray(wish, { selector: keyFor, maxLength: 30 }),
      fc.subarray([...RULE_KINDS], { minLength: 1 }),
      response,
      (wishes, kinds, response) => {
        const rules = new Map(wishes.map((wish) => [keyFor(wish), parseRule(valueFor(wish))]));
        const decision = decide(response, rules, kinds);
        const expected = asTheReadmeSays(response, wishes, kinds);
        expect({
          outcome: decision.outcome,
          decidedBy: decision.decidedBy?.key,
          observed: decision.observed?.key,
        }).toEqual({
          outcome: expected.outcome,
          decidedBy: expected.decidedBy && keyFor(expected.decidedBy),
          observed: expected.observed && keyFor(expected.observed),
        });
      },
    ),
    { numRuns: 2_000 },
  );
});

it("lets observing rules change no outcome", ({ expect }) => {
  fc.assert(
    fc.property(
      fc.uniqueArray(wish, { selector: keyFor, maxLength: 30 }),
      response,
      (wishes, response) => {
        const rulesOf = (wishes: Wish[]) =>
          new Map(wishes.map((wish) => [keyFor(wish), parseRule(valueFor(wish))]));
        const inForce = wishes.filter(({ mode }) => mode !== "observe");
        const { outcome, decidedBy } = decide(response, rulesOf(wishes), RULE_KINDS);
        expect({ outcome, decidedBy }).toEqual({
          decidedBy: undefined,
          ...decide(response, rulesOf(inForce), RULE_KINDS),
          observed: undefined,
        });
      },
    ),
    { numRuns: 1_000 },
  );
});
