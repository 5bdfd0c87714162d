import { RULE_CODE_DEFAULT } from "../limits.ts";
import { type Action, type Rule, reasonOf } from "./value.ts";

/** What a limit on friend requests says of itself. By it, and by its actions, such a rule is known. */
const REASON = "quota";
const ACTIONS = ["Request"] as const;

/** What the client is told whom a limit refuses. */
export const LIMIT_INFO = "Too many friend requests. Try again later.";

/** Stands beside the rule in KV, where a list of keys shows it: no file of rules has to name it. */
export const QUOTA_METADATA = { by: REASON };

/** Whether a rule is one that nobody wrote: every exception that somebody wrote goes before it. */
export function isLimit({ reason, actions, mode }: Rule): boolean {
  return reason === REASON && actions.join() === ACTIONS[0] && mode !== "allow";
}

/** What the client is told whom a rule refuses something. */
export function toldOf(rule: Rule, action: Action): string {
  return isLimit(rule) ? LIMIT_INFO : reasonOf(rule, action);
}

/** The rule about a request over the rate. It is nowhere stored, and has no key of its own. */
export function rateRule(isEnforced: boolean): { kind: "rate"; key: string; rule: Rule } {
  return { kind: "rate", key: "rate", rule: { code: RULE_CODE_DEFAULT, ...limit(isEnforced) } };
}

/** The value of the rule about who has sent too many in a day. */
export function quotaValue(isEnforced: boolean, note: string): string {
  return JSON.stringify({ ...limit(isEnforced), note });
}

function limit(isEnforced: boolean) {
  return { reason: REASON, actions: ACTIONS, mode: isEnforced ? "block" : "observe" } as const;
}
