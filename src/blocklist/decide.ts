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
 */
export type Decision = {
  outcome: "allow" | "block";
  decidedBy?: Match | undefined;
  observed?: Match | undefined;
};

/** What the rules say about a response. Pure: the same rules and response give the same decision. */
export function decide(
  response: FriendResponse,
  rules: Rules,
  kinds: readonly RuleKind[],
): Decision {
  if (rules.size === 0) return { outcome: "allow" };
  const matches = buildKeys(response, kinds).flatMap(({ kind, key }) => {
    const rule = rules.get(key);
    return rule && appliesTo(rule, response.action, response.platform) ? [{ kind, key, rule }] : [];
  });
  if (matches.length === 0) return { outcome: "allow" };

  const decidedBy = strongest(matches.filter(({ rule }) => rule.mode !== "observe"));
  const outcome = decidedBy?.rule.mode === "block" ? "block" : "allow";
  if (outcome === "block") return { outcome, decidedBy };

  // What would have decided, had the rules that only observe been in force?
  const inForce = strongest(matches);
  return { outcome, decidedBy, observed: inForce?.rule.mode === "observe" ? inForce : undefined };
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
