import * as z from "zod/mini";
import { REASON_MAX_CHARS, RULE_CODE_DEFAULT, RULE_CODE_MAX, RULE_CODE_MIN } from "../limits.ts";
import { orElse, sized, whole } from "../schema.ts";

/** What a user can answer to a friend request. */
export const RESPONSE_ACTIONS = ["Agree", "AgreeAndAdd", "Reject"] as const;
export type ResponseAction = (typeof RESPONSE_ACTIONS)[number];

/** What a rule can refuse: to send a friend request, and each answer to it. */
export const ACTIONS = ["Request", ...RESPONSE_ACTIONS] as const;
export type Action = (typeof ACTIONS)[number];

export const MODES = ["block", "observe", "allow"] as const;
export type Mode = (typeof MODES)[number];

export type Rule = {
  code: number;
  /** Shown to the client. Absent: see `reasonOf`. */
  reason?: string | undefined;
  actions: readonly Action[];
  /** Absent: every platform. */
  platforms?: readonly string[] | undefined;
  mode: Mode;
  /** For operators. It is sent nowhere. */
  note?: string | undefined;
  /** The value could not be read as a rule, and blocks with the defaults. */
  broken?: true;
};

export const DEFAULT_RULE = {
  code: RULE_CODE_DEFAULT,
  // A rule against a friendship says nothing about its refusal.
  actions: ["Request", "Agree", "AgreeAndAdd"],
  mode: "block",
} as const satisfies Rule;

/** What a value that starts with `{` holds. */
export const ruleFields = z.object({
  code: orElse(whole(RULE_CODE_MIN, RULE_CODE_MAX), DEFAULT_RULE.code),
  reason: z.optional(z.pipe(z.string(), z.transform(presentable))),
  actions: orElse(z.array(z.literal(ACTIONS)).check(sized(1)), [...DEFAULT_RULE.actions]),
  platforms: z.optional(z.array(z.string()).check(sized(1))),
  note: z.optional(z.string()),
  mode: orElse(z.literal(MODES), DEFAULT_RULE.mode),
});

/**
 * The rule that a value in KV stands for: the reason as plain text, or an object of `ruleFields`.
 * The person who stored a value wanted to block. So a value that cannot be read blocks all the same.
 */
export function parseRule(value: string): Rule {
  // A value that comes from a file ends with a line break.
  const text = value.trim();
  if (!text.startsWith("{")) {
    return { ...DEFAULT_RULE, reason: presentable(text) || undefined };
  }
  const fields = ruleFields.safeParse(parseJson(text));
  return fields.success ? fields.data : { ...DEFAULT_RULE, broken: true };
}

/** What the client is told if a rule refuses. */
export function reasonOf({ reason }: Rule, action: Action): string {
  return reason ?? `This friend ${wordFor(action)} is not allowed.`;
}

/** What an action does: it sends a request, or a response to one. */
export function wordFor(action: Action): "request" | "response" {
  return action === "Request" ? "request" : "response";
}

/**
 * Cuts a reason between characters, never inside one. JSON can spell half a character, but not every
 * reader accepts a reply that holds one as JSON.
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
