import { type Decision, decide, toVerdict } from "../../src/blocklist/decide.ts";
import {
  type BlocklistKey,
  buildKeys,
  type FriendResponse,
  RULE_KINDS,
  type RuleKind,
} from "../../src/blocklist/key.ts";
import { appliesTo, parseRule, type Rule } from "../../src/blocklist/value.ts";
import { KV_KEY_MAX_BYTES } from "../../src/limits.ts";
import { replyToItems } from "../../src/tencent/reply.ts";
import { shown } from "../lib/terminal.ts";
import { kindsText } from "./kinds.ts";

/** The keys of every kind: also of those that the Worker does not look up. */
export function keysToExplain(response: FriendResponse): string[] {
  return distinct(buildKeys(response, RULE_KINDS)).map(({ key }) => key);
}

export type Explanation = {
  kinds: readonly RuleKind[];
  /** Each key about the response, with its rule, and whether the Worker reads it. */
  keys: { key: string; isRead: boolean; rule: Rule | undefined; description: string }[];
  decision: Decision;
  /** The item of the reply. */
  result: unknown;
};

/**
 * How the Worker would answer a response: the keys that it reads and what they hold, the rule that
 * decides, and the item of the reply.
 *
 * @param values what is stored under `keysToExplain`
 */
export function explain(
  response: FriendResponse,
  values: ReadonlyMap<string, string>,
  kinds: readonly RuleKind[],
): Explanation {
  const rules = new Map([...values].map(([key, value]) => [key, parseRule(value)]));
  const decision = decide(response, rules, kinds);
  const item = { To_Account: response.applicantId };
  const [result] = replyToItems([item], () => toVerdict(decision)).ResultItem ?? [];
  const unread = distinct(buildKeys(response, RULE_KINDS)).filter(
    ({ kind }) => !kinds.includes(kind),
  );
  const keyOf = (isRead: boolean) => (each: BlocklistKey) => {
    const rule = rules.get(each.key);
    return { key: each.key, isRead, rule, description: describe(rule, response) };
  };
  return {
    kinds,
    keys: [...distinct(buildKeys(response, kinds)).map(keyOf(true)), ...unread.map(keyOf(false))],
    decision,
    result,
  };
}

export function explanationText({ kinds, keys, decision, result }: Explanation): string {
  const shownKeys = keys.filter(({ isRead, rule }) => isRead || rule !== undefined);
  const width = Math.max(...shownKeys.map(({ key }) => key.length), 0);
  const lines = (isRead: boolean) =>
    shownKeys
      .filter((each) => each.isRead === isRead)
      .map(({ key, description }) => `  ${key.padEnd(width)}  ${description}`);
  const unread = lines(false);
  const { decidedBy, observed, outcome } = decision;
  return [
    `Keys read (BLOCKLIST_KINDS is ${kindsText(kinds)}):`,
    ...lines(true),
    ...(unread.length === 0 ? [] : ["Not read, for BLOCKLIST_KINDS leaves the kind out:"]),
    ...unread,
    decidedBy
      ? `Decided by ${decidedBy.key}: ${outcome === "block" ? "refused" : "an exception, it passes"}.`
      : "No rule decides: it passes.",
    ...(observed ? [`Observed: ${observed.key} would have refused it.`] : []),
    `ResultItem: ${JSON.stringify(result)}`,
  ]
    .map(shown)
    .join("\n");
}

function describe(rule: Rule | undefined, response: FriendResponse): string {
  if (!rule) return "no rule";
  const { mode, code, reason, actions, platforms, broken } = rule;
  return [
    mode === "allow" ? "allow" : `${mode} with ${code} ${JSON.stringify(reason)}`,
    ...(broken ? ["its value cannot be read, so the defaults hold"] : []),
    ...(appliesTo(rule, response.action, response.platform)
      ? []
      : [
          `does not apply: it is for ${actions.join(", ")}` +
            (platforms ? ` on ${platforms.join(", ")}` : ""),
        ]),
  ].join("; ");
}

/** An account in two roles has one key, and one that is too long for KV has none. */
function distinct(keys: readonly BlocklistKey[]): BlocklistKey[] {
  return [...new Map(keys.map((key) => [key.key, key])).values()].filter(
    ({ key }) => key.length <= KV_KEY_MAX_BYTES,
  );
}
