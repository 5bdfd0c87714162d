import * as z from "zod/mini";
import {
  PAGE_DEFAULT_ROWS,
  PAGE_MAX_ROWS,
  RECOMMENDATIONS_DEFAULT,
  RECOMMENDATIONS_MAX,
  REDRIVE_MAX_CALLBACKS,
} from "../limits.ts";
import { tokenSchema } from "./tokens.ts";

/** What the reads are asked with: text, as it stands in a URL. */

/** A UserID: whatever was stored. One that is longer than any that is stored finds nothing. */
const userId = z.string().check(z.minLength(1), z.maxLength(128, "is longer than any UserID"));

const limit = (ordinary: number, max: number) => {
  const problem = `must be a whole number from 1 to ${max}`;
  return z._default(
    z.pipe(
      z.pipe(z.string().check(z.regex(/^\d{1,9}$/, problem)), z.transform(Number)),
      z.int().check(z.minimum(1, problem), z.maximum(max, problem)),
    ),
    ordinary,
  );
};

const wrongToken = "is none that was given out";
const period = z.int(wrongToken).check(z.nonnegative(wrongToken));

/** The first period that was not seen yet. */
const sinceKey = z.tuple([z.literal("since", wrongToken), period], wrongToken);
/** A place in a list: the period in which its first page was read, and the last row's friend. */
const listKey = z.tuple([z.literal("list", wrongToken), period, z.string(wrongToken)], wrongToken);
/** A place in what changed from one period to another, both included. */
const changesKey = z.tuple(
  [z.literal("changes", wrongToken), period, period, z.string(wrongToken)],
  wrongToken,
);
export type ListKey = z.output<typeof listKey>;
export type ChangesKey = z.output<typeof changesKey>;

export const userParams = z.object({ userId });
export const friendParams = z.object({ userId, friendId: userId });
export const candidateParams = z.object({ userId, candidateId: userId });

export const friendsQuery = query({
  limit: limit(PAGE_DEFAULT_ROWS, PAGE_MAX_ROWS),
  cursor: z.optional(tokenSchema(z.union([listKey, changesKey], wrongToken))),
  since: z.optional(tokenSchema(sinceKey)),
});
export type FriendsQuery = z.output<typeof friendsQuery>;

export const recommendationsQuery = query({
  limit: limit(RECOMMENDATIONS_DEFAULT, RECOMMENDATIONS_MAX),
});
export type RecommendationsQuery = z.output<typeof recommendationsQuery>;

/** The primary key of `friend_responses`. */
const responseKey = z.tuple(
  [z.int(wrongToken), z.string(wrongToken), z.int(wrongToken)],
  wrongToken,
);
export type ResponseKey = z.output<typeof responseKey>;

/** Milliseconds since the epoch: after everything of an earlier time. */
const time = z.pipe(
  z.string().check(z.regex(/^\d{1,15}$/)),
  z.transform((text): ResponseKey => [Number(text), "", 0]),
);

export const responsesQuery = query({
  limit: limit(PAGE_DEFAULT_ROWS, PAGE_MAX_ROWS),
  after: z.optional(z.union([time, tokenSchema(responseKey)], "is neither a time nor a token")),
  blocked: z._default(z.enum(["true", "false"], "must be true or false"), "false"),
});
export type ResponsesQuery = z.output<typeof responsesQuery>;

const someIds = `must be a list of 1 to ${REDRIVE_MAX_CALLBACKS} ids of dead letters`;
export const redriveBody = z.object({
  ids: z
    .array(z.string(someIds), someIds)
    .check(z.minLength(1, someIds), z.maxLength(REDRIVE_MAX_CALLBACKS, someIds)),
});

/** Of a path that takes no parameters. */
export const noQuery = query({});

/** What is wrong with parameters: their names and what to do, and nothing of what stood there. */
export function problemsOf({ issues }: z.core.$ZodError): string {
  return issues
    .map(({ path, message }) => (path.length === 0 ? message : `${String(path[0])}: ${message}`))
    .join("; ");
}

/** All parameters of a path. A misspelt one would change nothing, and nobody would be told. */
function query<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape).join(", ") || "none";
  return z.strictObject(shape, {
    error: ({ code, keys }) =>
      code === "unrecognized_keys" ? `${keys.join(", ")}: unknown; known are ${known}` : undefined,
  });
}
