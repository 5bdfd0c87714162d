import { RULE_CODE_DEFAULT } from "../limits.ts";
import { type Action, type Rule, reasonOf } from "./value.ts";

/** The reason of a limit on friend requests. The reason and the actions tell that a rule is a limit. */
const REASON = "quota";
const ACTIONS = ["Request"] as const;

/** What the client is told if a limit refuses. */
export const LIMIT_INFO = "Too many friend requests. Try again later.";

/** Stands beside the rule in KV. A list of keys shows it, so no file of rules has to name it. */
export const QUOTA_METADATA = { by: REASON };

/** Whether a rule is a limit, which nobody wrote. Every exception that somebody wrote goes before it. */
export function isLimit({ reason, actions, mode }: Rule): boolean {
  return reason === REASON && actions.join() === ACTIONS[0] && mode !== "allow";
}

/** What the client is told if a rule refuses something. */
export function toldOf(rule: Rule, action: Action): string {
  return isLimit(rule) ? LIMIT_INFO : reasonOf(rule, action);
}

/** The rule about a request over the rate. It is not stored, and has no key of its own. */
export function rateRule(isEnforced: boolean): { kind: "rate"; key: string; rule: Rule } {
  return { kind: "rate", key: "rate", rule: { code: RULE_CODE_DEFAULT, ...limit(isEnforced) } };
}

/** The value of the rule about a user who has sent too many requests in a day. */
export function quotaValue(isEnforced: boolean, note: string): string {
  return JSON.stringify({ ...limit(isEnforced), note });
}

function limit(isEnforced: boolean) {
  return { reason: REASON, actions: ACTIONS, mode: isEnforced ? "block" : "observe" } as const;
}
