import * as z from "zod/mini";

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
