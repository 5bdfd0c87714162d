import fc from "fast-check";
import { it } from "vitest";
import { type Decision, decide } from "../../src/blocklist/decide.ts";
import { buildKey, type FriendAction, RULE_KINDS, type RuleKind } from "../../src/blocklist/key.ts";
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

/** The chapter of docs/blocklist.md, word for word and without a thought of speed. */
function asTheDocumentSays(about: FriendAction, wishes: Wish[], lookedUp: RuleKind[]) {
  const applying = wishes.filter(
    (wish) =>
      lookedUp.includes(wish.kind) &&
      isAbout(wish, about) &&
      (wish.actions ?? ["Request", "Agree", "AgreeAndAdd"]).includes(about.action) &&
      (wish.platforms === undefined || wish.platforms.includes(about.platform ?? "none")),
  );
  const decidedBy = first(
    applying.filter(({ mode }) => mode !== "observe"),
    about,
  );
  if (decidedBy?.mode === "block") return { outcome: "block", decidedBy, observed: undefined };
  const ifAllWereInForce = first(applying, about);
  return {
    outcome: "allow",
    decidedBy,
    observed: ifAllWereInForce?.mode === "observe" ? ifAllWereInForce : undefined,
  };
}

function isAbout({ kind, about, to }: Wish, action: FriendAction): boolean {
  const { responders, applicants } = rolesOf(action);
  if (kind === "pair") return about === action.responderId && to === action.applicantId;
  if (kind === "applicant") return applicants.includes(about);
  if (kind === "responder") return responders.includes(about);
  if (kind === "user") return [...responders, ...applicants].includes(about);
  return about === action.clientIp;
}

/** Who sends a request is an applicant, too, and who sends an answer a responder. */
function rolesOf({ action, responderId, applicantId, requesterId }: FriendAction) {
  const sender = requesterId === undefined ? [] : [requesterId];
  return action === "Request"
    ? { responders: [responderId], applicants: [applicantId, ...sender] }
    : { responders: [responderId, ...sender], applicants: [applicantId] };
}

/** The narrower before the wider, the stricter before the milder, then in the order of the table. */
function first(wishes: Wish[], action: FriendAction): Wish | undefined {
  const { responders, applicants } = rolesOf(action);
  // A rule for applicants looks at applicants alone: one of them may be the responder, too.
  const idsOf = (kind: RuleKind) =>
    kind === "applicant" ? applicants : [...responders, ...applicants];
  const place = ({ kind, about, mode }: Wish) => [
    kind === "pair" ? 0 : kind === "ip" ? 2 : 1,
    mode === "allow" ? 1 : 0,
    ["pair", "user", "responder", "applicant", "ip"].indexOf(kind),
    idsOf(kind).indexOf(about),
  ];
  const before = (a: Wish, b: Wish) => {
    const [placeA, placeB] = [place(a), place(b)];
    const index = placeA.findIndex((rank, i) => rank !== placeB[i]);
    return index === -1 ? 0 : (placeA[index] ?? 0) - (placeB[index] ?? 0);
  };
  return wishes.toSorted(before)[0];
}

// Few of each, so that rules and actions meet; some ids need encoding.
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

const friendAction: fc.Arbitrary<FriendAction> = fc.record({
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

function rulesOf(wishes: readonly Wish[]) {
  return new Map(wishes.map((wish) => [keyFor(wish), parseRule(valueFor(wish))]));
}

function summary({ outcome, decidedBy, observed }: Decision) {
  return { outcome, decidedBy: decidedBy?.key, observed: observed?.key };
}

it("decides as docs/blocklist.md says, whatever the rules and the action", ({ expect }) => {
  fc.assert(
    fc.property(
      fc.uniqueArray(wish, { selector: keyFor, maxLength: 30 }),
      fc.subarray([...RULE_KINDS], { minLength: 1 }),
      friendAction,
      (wishes, kinds, action) => {
        const expected = asTheDocumentSays(action, wishes, kinds);
        expect(summary(decide(action, rulesOf(wishes), kinds))).toEqual({
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
      friendAction,
      (wishes, action) => {
        const inForce = wishes.filter(({ mode }) => mode !== "observe");
        const { outcome, decidedBy } = decide(action, rulesOf(wishes), RULE_KINDS);
        expect({ outcome, decidedBy }).toEqual({
          decidedBy: undefined,
          ...decide(action, rulesOf(inForce), RULE_KINDS),
          observed: undefined,
        });
      },
    ),
    { numRuns: 1_000 },
  );
});

it("refuses a request exactly where the same rules refuse its acceptance, in both directions", ({
  expect,
}) => {
  let refused = 0;
  fc.assert(
    fc.property(
      fc.uniqueArray(
        wish.map((wish) => ({ ...wish, actions: undefined })),
        { selector: keyFor, maxLength: 30 },
      ),
      fc.subarray([...RULE_KINDS], { minLength: 1 }),
      friendAction,
      fc.constantFrom("Agree" as const, "AgreeAndAdd" as const),
      (wishes, kinds, sent, acceptance) => {
        // Who sends for somebody else is in another role when it is the other one who sends.
        const there = { ...sent, requesterId: undefined };
        const back = { ...there, responderId: there.applicantId, applicantId: there.responderId };
        const rules = rulesOf(wishes);
        for (const about of [there, back]) {
          const request = decide({ ...about, action: "Request" }, rules, kinds);
          expect(request).toEqual(decide({ ...about, action: acceptance }, rules, kinds));
          if (request.outcome === "block") refused += 1;
        }
      },
    ),
    { numRuns: 2_000 },
  );
  // Were nothing refused, the two would be alike whatever they do.
  expect(refused).toBeGreaterThan(200);
});

it("takes a rule that names its actions for one about each of these, and for none about others", ({
  expect,
}) => {
  fc.assert(
    fc.property(
      fc.uniqueArray(
        fc
          .tuple(wish, fc.subarray([...ACTIONS], { minLength: 1 }))
          .map(([wish, actions]) => ({ ...wish, actions })),
        { selector: keyFor, maxLength: 30 },
      ),
      fc.subarray([...RULE_KINDS], { minLength: 1 }),
      friendAction,
      (wishes, kinds, about) => {
        const named = wishes
          .filter(({ actions }) => actions.includes(about.action))
          .map((wish) => ({ ...wish, actions: [about.action] }));
        expect(summary(decide(about, rulesOf(wishes), kinds))).toEqual(
          summary(decide(about, rulesOf(named), kinds)),
        );
      },
    ),
    { numRuns: 2_000 },
  );
});
