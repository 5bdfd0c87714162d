import * as z from "zod/mini";
import { recordedRequest, recordedResponse } from "./answers.ts";

/** As in answers.ts: the Worker takes the types only. */
const about = (description: string) => z.describe(description);
const ms = (description: string) => z.int().check(about(`${description}, ms since the epoch`));
const count = (description: string) => z.int().check(z.nonnegative(), about(description));

export const deadLettersPage = z.object({
  letters: z
    .array(
      z.object({
        id: z.string(),
        firstAt: ms("When it was stored first"),
        lastAt: ms("When it was stored last"),
        attempts: count("How often its queue had delivered it"),
        reason: z.string().check(about("malformed, refused-by-table or exhausted")),
        body: z.unknown().check(about("The message as it came; it holds accounts")),
      }),
    )
    .check(about("Those that wait, the first stored first")),
  cursor: z.nullable(z.string()).check(about("Where the next page begins; null on the last page")),
  waiting: count("How many wait, counted up to 10,000"),
});
export type DeadLettersPage = z.output<typeof deadLettersPage>;

export const redriven = z.object({
  redriven: z
    .array(z.string())
    .check(about("Those that were applied, or are on their queue once more")),
  left: z.array(
    z.object({
      id: z.string(),
      why: z
        .enum(["too-old", "malformed", "unknown", "refused-by-table", "not-waiting"])
        .check(
          about(
            "too-old: it may have been undone since, and no table remembers; unknown: of a version that " +
              "this deploy does not know; not-waiting: settled before, or never there",
          ),
        ),
    }),
  ),
});
export type Redriven = z.output<typeof redriven>;

export const discarded = z.object({
  discarded: z.array(z.string()).check(about("Those that waited")),
});
export type Discarded = z.output<typeof discarded>;

export const ruleEffects = z.object({
  since: ms("From when on"),
  truncated: z.boolean().check(about("More was recorded than is counted")),
  effects: z
    .array(
      z.object({
        key: z.string(),
        refused: count("How often it refused"),
        observed: count("How often it would have, if it did not only observe"),
      }),
    )
    .check(about("What has done most first")),
});
export type RuleEffects = z.output<typeof ruleEffects>;

export const history = z.object({
  buckets: z
    .array(
      z.object({
        at: ms("When it begins"),
        answered: count("Recorded requests and responses that were answered"),
        refused: count("Refused ones among them"),
        observed: count("Let through, but would have been refused by a rule that only observes"),
      }),
    )
    .check(about("60 minutes, 48 hours or 30 days of UTC, the oldest first")),
  truncated: z.boolean().check(about("More was recorded than is counted")),
});
export type History = z.output<typeof history>;

export const decidedRequest = z.extend(recordedRequest, { type: z.literal("request") });
export const decidedResponse = z.extend(recordedResponse, { type: z.literal("response") });
export const decisions = z.object({
  decisions: z
    .array(z.union([decidedRequest, decidedResponse]))
    .check(about("In which the user takes part, the newest first")),
  before: z
    .nullable(z.string())
    .check(about("What to ask with for those before, also where none were found; null: the end")),
});
export type Decisions = z.output<typeof decisions>;

export const friendChanges = z.object({
  changes: z
    .array(
      z.object({
        id: z.string(),
        at: ms("When it happened"),
        type: z.enum(["friends-added", "friends-deleted", "blacklist-added", "blacklist-deleted"]),
        userId: z.string().check(about("Whose list it is")),
        otherId: z.string(),
      }),
    )
    .check(about("The oldest first; of thousands at once, the last")),
  after: z.string().check(about("What to ask with for what comes after these")),
});
export type FriendChanges = z.output<typeof friendChanges>;
