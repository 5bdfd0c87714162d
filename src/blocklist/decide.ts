import { BLOCKLIST_UNREADABLE_CODE, type Verdict } from "../tencent/reply.ts";
import { type BlocklistKey, buildKeys, type FriendResponse, type RuleKind } from "./key.ts";
import { appliesTo, type Rule } from "./value.ts";

/** The narrower rule decides: about this pair, then about one of the users, then about the address. */
const PRECEDENCE: readonly (readonly RuleKind[])[] = [
  ["pair"],
  ["user", "responder", "applicant"],
  ["ip"],
];

/** The rules that were found, by key. */
export type Rules = ReadonlyMap<string, Rule>;

export type Match = BlocklistKey & { rule: Rule };

/**
 * - `decidedBy`: the rule that refused the response or made an exception for it
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
 * What the rules say about a response. Pure: the same rules and response give the same decision.
 *
 * A rule that was read and refuses is in force whatever was not read; an exception only where it is
 * narrower than what was not read. For the rest `onBlocklistError` decides.
 */
export function decide(
  response: FriendResponse,
  rules: Rules,
  kinds: readonly RuleKind[],
  unread?: Unread,
): Decision {
  if (rules.size === 0 && unread === undefined) return { outcome: "allow" };
  const keys = buildKeys(response, kinds);
  const matches = keys.flatMap(({ kind, key }) => {
    const rule = rules.get(key);
    return rule && appliesTo(rule, response.action, response.platform) ? [{ kind, key, rule }] : [];
  });
  const decidedBy = strongest(matches.filter(({ rule }) => rule.mode !== "observe"));
  if (decidedBy?.rule.mode === "block") return { outcome: "block", decidedBy };

  const levels = keys.filter(({ key }) => unread?.keys.has(key)).map(({ kind }) => levelOf(kind));
  if (
    levels.length > 0 &&
    (decidedBy === undefined || levelOf(decidedBy.kind) >= Math.min(...levels))
  ) {
    return undecided(response, unread?.onBlocklistError ?? "allow");
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
export function undecided(
  { action }: Pick<FriendResponse, "action">,
  onBlocklistError: "allow" | "block",
): Decision {
  const outcome = onBlocklistError === "block" && action !== "Reject" ? "block" : "allow";
  return { outcome, undecided: true };
}

function levelOf(kind: RuleKind): number {
  return PRECEDENCE.findIndex((kinds) => kinds.includes(kind));
}

/** The match that decides: the narrowest, the stricter among equals, the first among those. */
function strongest(matches: readonly Match[]): Match | undefined {
  for (const kinds of PRECEDENCE) {
    const equals = matches.filter(({ kind }) => kinds.includes(kind));
    const refusing = equals.find(({ rule }) => rule.mode !== "allow");
    const match = refusing ?? equals[0];
    if (match) return match;
  }
  return undefined;
}

const UNREADABLE_INFO = "The friend response cannot be checked now. Try again later.";

/** What a decision answers to an item. What blocks without a rule is an unreadable blocklist. */
export function toVerdict({ outcome, decidedBy }: Decision): Verdict {
  if (outcome === "allow") return { code: 0, info: "" };
  return decidedBy === undefined
    ? { code: BLOCKLIST_UNREADABLE_CODE, info: UNREADABLE_INFO }
    : { code: decidedBy.rule.code, info: decidedBy.rule.reason };
}
