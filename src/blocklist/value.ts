import * as z from "zod/mini";
import { REASON_MAX_CHARS, RULE_CODE_DEFAULT, RULE_CODE_MAX, RULE_CODE_MIN } from "../limits.ts";

/** What a user can answer to a friend request. */
export const ACTIONS = ["Agree", "AgreeAndAdd", "Reject"] as const;
export type Action = (typeof ACTIONS)[number];

/** A rule against a friendship says nothing about its refusal. */
const ACTIONS_THAT_ADD: readonly Action[] = ["Agree", "AgreeAndAdd"];

export const MODES = ["block", "observe", "allow"] as const;
export type Mode = (typeof MODES)[number];

const REASON_DEFAULT = "This friend response is not allowed.";

/** What a value that starts with `{` holds. `note` is for operators and goes nowhere. */
export const ruleFields = z.object({
  code: z._default(
    z.int().check(z.minimum(RULE_CODE_MIN), z.maximum(RULE_CODE_MAX)),
    RULE_CODE_DEFAULT,
  ),
  reason: z._default(z.pipe(z.string(), z.transform(presentable)), REASON_DEFAULT),
  actions: z._default(z.array(z.enum(ACTIONS)).check(z.minLength(1)), [...ACTIONS_THAT_ADD]),
  platforms: z.optional(z.array(z.string()).check(z.minLength(1))),
  note: z.optional(z.string()),
  mode: z._default(z.enum(MODES), "block"),
});

export type Rule = {
  code: number;
  /** Shown to the client. */
  reason: string;
  actions: readonly Action[];
  /** Absent: every platform. */
  platforms?: readonly string[] | undefined;
  mode: Mode;
  /** The value could not be read as a rule, and blocks with the defaults. */
  broken?: true;
};

const DEFAULT_RULE: Rule = ruleFields.parse({});

/**
 * The rule that a value in KV stands for: the reason as plain text, or an object of `ruleFields`.
 * Who stored a value wished to block, so one that cannot be read blocks all the same.
 */
export function parseRule(value: string): Rule {
  // A value that comes from a file ends with a line break.
  const text = value.trim();
  if (!text.startsWith("{")) {
    return { ...DEFAULT_RULE, reason: presentable(text) || REASON_DEFAULT };
  }
  const fields = ruleFields.safeParse(parseJson(text));
  return fields.success ? fields.data : { ...DEFAULT_RULE, broken: true };
}

/**
 * Cut between characters, never inside of one. JSON can spell half a character, and a reply that
 * holds one is not JSON to every reader.
 */
function presentable(reason: string): string {
  return reason
    .toWellFormed()
    .slice(0, REASON_MAX_CHARS)
    .replace(/[\ud800-\udbff]$/, "");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether the rule speaks about this action on this platform. Platforms are spelt in any case. */
export function appliesTo(rule: Rule, action: Action, platform: string | undefined): boolean {
  return (
    rule.actions.includes(action) &&
    (rule.platforms === undefined ||
      (platform !== undefined &&
        rule.platforms.some((name) => name.toLowerCase() === platform.toLowerCase())))
  );
}
