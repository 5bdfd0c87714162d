import { BLOCKLIST_UNREADABLE_CODE, type Verdict } from "../tencent/reply.ts";
import { buildKeys, type FriendAction, type RuleKind } from "./key.ts";
import { isLimit, toldOf } from "./limit.ts";
import { type Action, appliesTo, type Rule, wordFor } from "./value.ts";

/**
 * The narrower rule decides. A rule about the pair comes first, then one about a user, then one about the
 * address. The limits come last: nobody wrote them.
 */
const PRECEDENCE: readonly (readonly Match["kind"][])[] = [
  ["pair"],
  ["user", "responder", "applicant"],
  ["ip"],
  ["rate"],
];

/** The rules that were found, by key. */
export type Rules = ReadonlyMap<string, Rule>;

export type Match = { kind: RuleKind | "rate"; key: string; rule: Rule };

/**
 * - `decidedBy`: the rule that refused the action or made an exception for it
 * - `observed`: the rule that would have refused it, and let it pass because it only observes
 * - `undecided`: a rule that was not read could have decided otherwise
 */
export type Decision = {
  outcome: "allow" | "block";
  decidedBy?: Match | undefined;
  observed?: Match | undefined;
  undecided?: true;
};

/** The keys that were not read, and what decides where one of them may hold a rule. */
export type Unread = { keys: ReadonlySet<string>; onBlocklistError: "allow" | "block" };

/**
 * What the rules say about an action. Pure: the same rules and action give the same decision.
 *
 * A rule that refuses is in force if it was read, whatever else was not read. An exception is in force
 * only if it is narrower than what was not read. `onBlocklistError` decides the rest.
 *
 * @param over the match for a request that is over the rate
 */
export function decide(
  about: FriendAction,
  rules: Rules,
  kinds: readonly RuleKind[],
  unread?: Unread,
  over?: Match,
): Decision {
  if (rules.size === 0 && unread === undefined && over === undefined) return { outcome: "allow" };
  const keys = buildKeys(about, kinds);
  const matches = keys.flatMap(({ kind, key }): Match[] => {
    const rule = rules.get(key);
    return rule && appliesTo(rule, about.action, about.platform) ? [{ kind, key, rule }] : [];
  });
  if (over) matches.push(over);
  const decidedBy = strongest(matches.filter(({ rule }) => rule.mode !== "observe"));
  if (decidedBy?.rule.mode === "block") return { outcome: "block", decidedBy };

  const levels = keys.filter(({ key }) => unread?.keys.has(key)).map(({ kind }) => levelOf(kind));
  if (
    levels.length > 0 &&
    (decidedBy === undefined || levelOf(decidedBy.kind) >= Math.min(...levels))
  ) {
    return undecided(about.action, unread?.onBlocklistError ?? "allow");
  }
  // Which rule would have decided if the rules that only observe were in force?
  const inForce = strongest(matches);
  const observed = inForce?.rule.mode === "observe" ? inForce : undefined;
  return { outcome: "allow", decidedBy, observed };
}

/** The same rules, but none refuses: a rule that would refuse only observes. */
export function observing(rules: Rules): Rules {
  return new Map(
    [...rules].map(([key, rule]) => [
      key,
      rule.mode === "block" ? { ...rule, mode: "observe" as const } : rule,
    ]),
  );
}

/** A rejection adds nobody, so it needs no blocklist. */
export function undecided(action: Action, onBlocklistError: "allow" | "block"): Decision {
  const outcome = onBlocklistError === "block" && action !== "Reject" ? "block" : "allow";
  return { outcome, undecided: true };
}

function levelOf(kind: Match["kind"]): number {
  return PRECEDENCE.findIndex((kinds) => kinds.includes(kind));
}

/** The match that decides: the narrowest one. Among equals the stricter one decides, then the first one. */
function strongest(matches: readonly Match[]): Match | undefined {
  const rankOf = ({ kind, rule }: Match) =>
    2 * levelOf(isLimit(rule) ? "rate" : kind) + (rule.mode === "allow" ? 1 : 0);
  return matches.toSorted((one, other) => rankOf(one) - rankOf(other))[0];
}

/** The answer to an item. If a decision blocks without a rule, the blocklist could not be read. */
export function toVerdict({ outcome, decidedBy }: Decision, action: Action): Verdict {
  if (outcome === "allow") return { code: 0, info: "" };
  if (decidedBy) {
    const { rule } = decidedBy;
    return { code: rule.code, info: toldOf(rule, action) };
  }
  const info = `The friend ${wordFor(action)} cannot be checked now. Try again later.`;
  return { code: BLOCKLIST_UNREADABLE_CODE, info };
}
