import { isLimit, LIMIT_INFO } from "../../src/blocklist/limit.ts";
import { type Action, type Rule, reasonOf } from "../../src/blocklist/value.ts";

/** What the client is told whom a rule refuses something. */
export function toldOf(rule: Rule, action: Action): string {
  return isLimit(rule) ? LIMIT_INFO : reasonOf(rule, action);
}
