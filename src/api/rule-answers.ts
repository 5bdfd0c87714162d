import * as z from "zod/mini";
import { ACTIONS, MODES, type Rule } from "../blocklist/value.ts";

/** As in answers.ts: the Worker takes the types only. */
const about = (description: string) => z.describe(description);
const ms = (description: string) => z.int().check(about(`${description}, ms since the epoch`));

const rule = z.object({
  mode: z.enum(MODES),
  code: z.int(),
  reason: z.optional(z.string()),
  actions: z.array(z.enum(ACTIONS)),
  platforms: z.optional(z.array(z.string())),
  note: z.optional(z.string()),
  broken: z
    .optional(z.literal(true))
    .check(about("Its value cannot be read: it blocks all the same")),
});

const ruleFields = {
  key: z.string(),
  value: z.string().check(about("As it stands in KV")),
  rule: rule.check(about("As the Worker takes it")),
  problems: z.array(z.string()).check(about("What is wrong with it, in words")),
  expiresAt: z.nullable(ms("When it ends")),
  madeBy: z.nullable(z.literal("quota")).check(about("quota: REQUESTS_PER_DAY made it")),
};
export const ruleEntry = z.object(ruleFields);
/** As the schema says, but with the rule's own type. */
type WithRule<Answer> = Omit<Answer, "rule"> & { rule: Rule };
export type RuleEntry = WithRule<z.output<typeof ruleEntry>>;

export const storedRule = z.object({
  ...ruleFields,
  visibleWithinSeconds: z
    .int()
    .check(about("Until every edge sees it; where it was changed, sooner")),
});

export type StoredRule = WithRule<z.output<typeof storedRule>>;

export const rulesPage = z.object({
  rules: z.array(ruleEntry),
  cursor: z.nullable(z.string()).check(about("Where the next page begins; null on the last page")),
  kinds: z.array(z.string()).check(about("The kinds that the Worker looks up (BLOCKLIST_KINDS)")),
});

export const userRules = z.object({
  rules: z.array(ruleEntry),
  incomplete: z
    .boolean()
    .check(
      about(
        "There are more rules about pairs than are looked through; see those of this user as applicant",
      ),
    ),
});

export const ruleProblem = z.object({
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  problems: z.array(z.string()).check(about("What is wrong with it")),
  doubts: z.array(z.string()).check(about("What can hardly be meant; `force=true` stores it")),
});

export const ruleChanges = z.object({
  changes: z
    .array(
      z.object({
        id: z.string(),
        at: ms("When it was asked for"),
        who: z.string().check(about("Whom Cloudflare Access named, or the role of the token")),
        key: z.string(),
        change: z.enum(["put", "delete"]),
        before: z.nullable(z.string()).check(about("The value in KV before, as it was seen")),
        after: z.nullable(z.string()),
        expiresAt: z.nullable(ms("When the new rule ends")),
        failed: z.boolean().check(about("KV did not take it")),
      }),
    )
    .check(about("The newest first")),
  before: z
    .nullable(z.string())
    .check(about("What to ask with for those before; null: there are none")),
});
export type RuleChanges = z.output<typeof ruleChanges>;

export const explanation = z.object({
  kinds: z.array(z.string()).check(about("The kinds that the Worker looks up")),
  blocklistMode: z.enum(["enforce", "observe"]).check(about("observe: nothing is refused")),
  keys: z.array(
    z.object({
      key: z.string(),
      isRead: z.boolean().check(about("Whether the Worker looks it up")),
      rule: z.nullable(rule),
      description: z.string(),
    }),
  ),
  answers: z.array(
    z.object({
      action: z.enum(ACTIONS),
      outcome: z.enum(["allow", "block"]),
      decidedBy: z.nullable(z.string()),
      observed: z.nullable(z.string()),
      result: z.unknown().check(about("The item of the reply to Tencent")),
    }),
  ),
});
type Output = z.output<typeof explanation>;
export type Explained = Omit<Output, "kinds" | "keys"> & {
  kinds: readonly string[];
  keys: (Omit<Output["keys"][number], "rule"> & { rule: Rule | null })[];
};
