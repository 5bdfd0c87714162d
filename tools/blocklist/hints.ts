import type { Entry, Located, Problem } from "../../src/blocklist/entry.ts";
import { type Action, parseRule, RESPONSE_ACTIONS } from "../../src/blocklist/value.ts";

/** What may have been forgotten in rules that have no problem. */
export function hintsAbout(entries: readonly Located<Entry>[]): Problem[] {
  return entries
    .filter(({ value }) => isLate(value))
    .map(({ key, line }) => ({
      line,
      key,
      message:
        "it refuses what is answered to a friend request, and lets the request pass: add Request to its " +
        "actions, unless that is meant",
    }));
}

/**
 * Whether a rule acts too late: the protected user has seen the request by then. Rules from the time
 * before there were requests are like that.
 */
function isLate(value: string): boolean {
  const { mode, actions } = parseRule(value);
  const refuses = (action: Action) => actions.includes(action);
  const refusesFriends = RESPONSE_ACTIONS.some((action) => action !== "Reject" && refuses(action));
  return mode !== "allow" && refusesFriends && !refuses("Request");
}
