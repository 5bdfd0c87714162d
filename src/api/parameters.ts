import * as z from "zod/mini";
import { storableId } from "../events/messages.ts";
import {
  PAGE_DEFAULT_ROWS,
  PAGE_MAX_ROWS,
  PROBLEMS_MAX,
  RECOMMENDATIONS_DEFAULT,
  RECOMMENDATIONS_MAX,
} from "../limits.ts";
import { entry, orElse, sized, whole, wholeInText } from "../schema.ts";
import { decodeToken, tokenSchema } from "./tokens.ts";

/** The parameters of the reads: text, as it stands in a URL. */

/** A UserID: any text that was stored. A text longer than every stored UserID would find nothing. */
const userId = z.string().check(sized(1), sized(0, 128, "is longer than any UserID"));

export const limit = (ordinary: number, max: number) => {
  const problem = `must be a whole number from 1 to ${max}`;
  return orElse(wholeInText(1, max, problem), ordinary);
};

export const flag = () => orElse(z.literal(["true", "false"], "must be true or false"), "false");

const wrongToken = "is none that was given out";
const time = whole(0);

/** The caller may not have seen yet what was written at this time or later. */
const sinceKey = entry([z.literal("since"), time], wrongToken);
/**
 * A place in a list, or in what changed since the first time. In a list, the first time is 0. All pages of a
 * reading end with the same `since`: the second time is its time. The last part is the id in the last row.
 */
const placeKey = entry([z.literal(["list", "changes"]), time, time, z.string()], wrongToken);
export type Place = z.output<typeof placeKey>;

/** The user whose list the caller gives, to be stored. */
export const ownerParams = z.object({ userId: storableId("is no UserID that can be stored") });
export const userParams = z.object({ userId });
export const friendParams = z.object({ userId, friendId: userId });
export const candidateParams = z.object({ userId, candidateId: userId });

/** The query for the friend list and for the blacklist. */
export const pairsQuery = exactly({
  limit: limit(PAGE_DEFAULT_ROWS, PAGE_MAX_ROWS),
  cursor: z.optional(tokenSchema(placeKey)),
  since: z.optional(tokenSchema(sinceKey)),
});
export type PairsQuery = z.output<typeof pairsQuery>;

export const recommendationsQuery = exactly({
  limit: limit(RECOMMENDATIONS_DEFAULT, RECOMMENDATIONS_MAX),
});
export type RecommendationsQuery = z.output<typeof recommendationsQuery>;

/** The primary key of a table of decisions. */
const decidedKey = entry([whole(0), z.string(), whole(0)], "is neither a time nor a token");

/** A time in milliseconds since the epoch is a place, too. It is after everything of an earlier time. */
function readAfter(text: string): unknown {
  return /^\d{1,15}$/.test(text) ? [Number(text), "", 0] : decodeToken(text);
}

export const decidedQuery = exactly({
  limit: limit(PAGE_DEFAULT_ROWS, PAGE_MAX_ROWS),
  after: z.optional(tokenSchema(decidedKey, readAfter)),
  blocked: flag(),
});
export type DecidedQuery = z.output<typeof decidedQuery>;

export const usersQuery = exactly({
  limit: limit(PAGE_DEFAULT_ROWS, PAGE_MAX_ROWS),
  cursor: orElse(z.string(), ""),
});
export type UsersQuery = z.output<typeof usersQuery>;

export const listsQuery = exactly({
  dryRun: flag(),
  report: z.optional(z.literal("pairs", "must be pairs")),
});
export type ListsQuery = z.output<typeof listsQuery>;

/** The query of a path that takes no parameters. */
export const noQuery = exactly({});

/** Names the wrong parameters or places in a body, and what to do. It repeats nothing of what stood there. */
export function problemsOf({ issues }: z.core.$ZodError): string {
  return issues
    .slice(0, PROBLEMS_MAX)
    .map(({ path, code, message }) => {
      if (path.length > 0) return `${path.join(".")}: ${message}`;
      // The body is a list, a number or null.
      return code === "invalid_type" ? "The body must be a JSON object." : message;
    })
    .join("; ");
}

/** Takes these names and no others. A misspelt name would change nothing, and nobody would be told. */
export function exactly<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape).join(", ") || "none";
  return z.strictObject(shape, {
    error: ({ code, keys }) =>
      code === "unrecognized_keys" ? `${keys.join(", ")}: unknown; known are ${known}` : undefined,
  });
}
