import { BLOCKLIST_UNREADABLE_CODE, type Verdict } from "../tencent/reply.ts";
import { buildKeys, type FriendAction, type RuleKind } from "./key.ts";
import { isLimit, toldOf } from "./limit.ts";
import { type Action, appliesTo, type Rule, wordFor } from "./value.ts";

/**
 * The narrower rule decides: about this pair, then about one of the users, then about the address. The
 * limits, which nobody wrote, come last.
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

/** What decides where a rule may be that was not read. */
export type Unread = { keys: ReadonlySet<string>; onBlocklistError: "allow" | "block" };

/**
 * What the rules say about an action. Pure: the same rules and action give the same decision.
 *
 * A rule that was read and refuses is in force whatever was not read; an exception only where it is
 * narrower than what was not read. For the rest `onBlocklistError` decides.
 *
 * @param over what is said of a request that is over the rate
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
  // What would have decided, had the rules that only observe been in force?
  const inForce = strongest(matches);
  const observed = inForce?.rule.mode === "observe" ? inForce : undefined;
  return { outcome: "allow", decidedBy, observed };
}

/** The same rules, of which none refuses: those that would only observe. */
export function observing(rules: Rules): Rules {
  return new Map(
    [...rules].map(([key, rule]) => [
      key,
      rule.mode === "block" ? { ...rule, mode: "observe" as const } : rule,
    ]),
  );
}

/** Whoever rejects adds nobody: that needs no blocklist. */
export function undecided(action: Action, onBlocklistError: "allow" | "block"): Decision {
  const outcome = onBlocklistError === "block" && action !== "Reject" ? "block" : "allow";
  return { outcome, undecided: true };
}

function levelOf(kind: Match["kind"]): number {
  return PRECEDENCE.findIndex((kinds) => kinds.includes(kind));
}

/** The match that decides: the narrowest, the stricter among equals, the first among those. */
function strongest(matches: readonly Match[]): Match | undefined {
  const rankOf = ({ kind, rule }: Match) =>
    2 * levelOf(isLimit(rule) ? "rate" : kind) + (rule.mode === "allow" ? 1 : 0);
  return matches.toSorted((one, other) => rankOf(one) - rankOf(other))[0];
}

/** What a decision answers to an item. What blocks without a rule is an unreadable blocklist. */
export function toVerdict({ outcome, decidedBy }: Decision, action: Action): Verdict {
  if (outcome === "allow") return { code: 0, info: "" };
  if (decidedBy) {
    const { rule } = decidedBy;
    return { code: rule.code, info: toldOf(rule, action) };
  }
  const info = `The friend ${wordFor(action)} cannot be checked now. Try again later.`;
  return { code: BLOCKLIST_UNREADABLE_CODE, info };
}
