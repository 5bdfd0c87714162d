import { KV_KEY_MAX_BYTES } from "../limits.ts";
import { replyToItems } from "../tencent/reply.ts";
import { type Decision, decide, toVerdict } from "./decide.ts";
import {
  type BlocklistKey,
  buildKeys,
  type FriendAction,
  RULE_KINDS,
  type RuleKind,
} from "./key.ts";
import { isLimit, toldOf } from "./limit.ts";
import { appliesTo, parseRule, type Rule } from "./value.ts";

/** A friend request and its acceptance. Who sends the acceptance, and from where, is not known yet. */
export function withAcceptance(request: FriendAction): FriendAction[] {
  const { responderId, applicantId } = request;
  return [request, { responderId, applicantId, action: "AgreeAndAdd" }];
}

/** The keys of every kind, even of the kinds that the Worker does not look up. */
export function keysToExplain(actions: readonly FriendAction[]): string[] {
  return distinct(actions.flatMap((about) => buildKeys(about, RULE_KINDS))).map(({ key }) => key);
}

export type Explanation = {
  kinds: readonly RuleKind[];
  /** Each key about the actions, with its rule, and whether the Worker reads it. */
  keys: { key: string; isRead: boolean; rule: Rule | undefined; description: string }[];
  /** By action, in their order. */
  answers: Answer[];
};

export type Answer = {
  about: FriendAction;
  decision: Decision;
  /** The item of the reply. */
  result: unknown;
};

/**
 * How the Worker would answer: the keys that it reads and what they hold, the rule that decides, and
 * the item of the reply. Only the Worker knows how many requests there were in this minute.
 *
 * @param values what is stored under `keysToExplain`
 */
export function explain(
  actions: readonly FriendAction[],
  values: ReadonlyMap<string, string>,
  kinds: readonly RuleKind[],
): Explanation {
  const rules = new Map([...values].map(([key, value]) => [key, parseRule(value)]));
  const keysOf = (looked: readonly RuleKind[]) =>
    distinct(actions.flatMap((about) => buildKeys(about, looked)));
  const unread = keysOf(RULE_KINDS).filter(({ kind }) => !kinds.includes(kind));
  const keyOf = (isRead: boolean) => (each: BlocklistKey) => {
    const rule = rules.get(each.key);
    return { key: each.key, isRead, rule, description: describe(rule, actions) };
  };
  return {
    kinds,
    keys: [...keysOf(kinds).map(keyOf(true)), ...unread.map(keyOf(false))],
    answers: actions.map((about) => {
      const decision = decide(about, rules, kinds);
      const item = { To_Account: isRequest(about) ? about.responderId : about.applicantId };
      const verdict = toVerdict(decision, about.action);
      const [result] = replyToItems([item], () => verdict).ResultItem ?? [];
      return { about, decision, result };
    }),
  };
}

function describe(rule: Rule | undefined, actions: readonly FriendAction[]): string {
  if (!rule) return "no rule";
  const { mode, code, actions: named, platforms, broken } = rule;
  const [first = { action: "Request" as const }] = actions;
  const applies = actions.map(({ action, platform }) => appliesTo(rule, action, platform));
  const what = named.join(", ") + (platforms ? ` on ${platforms.join(", ")}` : "");
  return [
    mode === "allow"
      ? "allow"
      : `${mode} with ${code} ${JSON.stringify(toldOf(rule, first.action))}`,
    ...(isLimit(rule) ? ["made by REQUESTS_PER_DAY: every exception goes before it"] : []),
    ...(broken ? ["its value cannot be read, so the defaults hold"] : []),
    ...(applies.every(Boolean)
      ? []
      : [
          `${applies.some(Boolean) ? "applies to one of the two" : "does not apply"}: it is for ${what}`,
        ]),
  ].join("; ");
}

function isRequest({ action }: FriendAction): boolean {
  return action === "Request";
}

/** Each key once: an account in two roles has one key. A key that is too long for KV is left out. */
function distinct(keys: readonly BlocklistKey[]): BlocklistKey[] {
  return [...new Map(keys.map((key) => [key.key, key])).values()].filter(
    ({ key }) => key.length <= KV_KEY_MAX_BYTES,
  );
}
