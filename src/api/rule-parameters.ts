import * as z from "zod/mini";
import { canBeKey } from "../blocklist/parse-key.ts";
import { ACTIONS } from "../blocklist/value.ts";
import { KV_EXPIRATION_MAX_SECONDS, PAGE_DEFAULT_ROWS, PAGE_MAX_ROWS } from "../limits.ts";
import { entry, matching, orElse, sized, whole, wholeInText } from "../schema.ts";
import { exactly, flag, limit, userParams } from "./parameters.ts";
import { tokenSchema } from "./tokens.ts";

/** The parameters and bodies of questions about rules, and of changes. */

export const ruleParams = z.object({ key: z.string().check(sized(1)) });

/** KV's own cursor. Its text means nothing to us. */
const kvCursor = z.string().check(matching(/^[\w+/=-]{1,1000}$/, "is none that was given out"));

export const rulesQuery = exactly({
  prefix: orElse(z.string().check(z.refine(canBeKey, "is longer than any key")), ""),
  limit: limit(PAGE_DEFAULT_ROWS, PAGE_MAX_ROWS),
  cursor: z.optional(kvCursor),
});
export type RulesQuery = z.output<typeof rulesQuery>;

const seconds = (problem: string) => wholeInText(1, KV_EXPIRATION_MAX_SECONDS, problem);
export const putQuery = exactly({
  expiration: z.optional(seconds("must be seconds since the epoch, up to January 2038")),
  expirationTtl: z.optional(seconds("must be a number of seconds")),
  force: flag(),
});
export type PutQuery = z.output<typeof putQuery>;

/** The linter says what is wrong with the fields, in better words than a schema. */
export const ruleBody = z.looseObject({});

const changeKey = entry([whole(0), z.string()], "is none that was given out");
export const ruleChangesQuery = exactly({
  limit: limit(PAGE_DEFAULT_ROWS, PAGE_MAX_ROWS),
  before: z.optional(tokenSchema(changeKey)),
  key: z.optional(z.string().check(sized(1))),
});
export type RuleChangesQuery = z.output<typeof ruleChangesQuery>;

const { userId } = userParams.shape;
const text = () =>
  z.optional(z.string().check(sized(1, 128, "must be a text of 1 to 128 characters")));
/** A friend request, or a response to one. The caller asks what would become of it. */
export const explanationBody = exactly({
  responderId: userId,
  applicantId: userId,
  requesterId: z.optional(userId),
  action: z.optional(z.literal(ACTIONS, `must be one of ${ACTIONS.join(", ")}`)),
  platform: text(),
  clientIp: text(),
});
export type ExplanationBody = z.output<typeof explanationBody>;
