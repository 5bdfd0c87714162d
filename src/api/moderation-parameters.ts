import * as z from "zod/mini";
import { LETTERS_DEFAULT, REDRIVE_MAX_LETTERS } from "../limits.ts";
import { entry, whole } from "../schema.ts";
import { exactly, limit } from "./parameters.ts";
import { tokenSchema } from "./tokens.ts";

/** The parameters of what the console asks, except those about rules. */

const wrongToken = "is none that was given out";

const letterKey = entry([whole(0), z.string()], wrongToken);
export const deadLettersQuery = exactly({
  limit: limit(LETTERS_DEFAULT, REDRIVE_MAX_LETTERS),
  cursor: z.optional(tokenSchema(letterKey)),
});
export type DeadLettersQuery = z.output<typeof deadLettersQuery>;

export const historyQuery = exactly({
  by: z.literal(["minute", "hour", "day"], "must be minute, hour or day"),
});
export type HistoryQuery = z.output<typeof historyQuery>;

export const decisionsQuery = exactly({
  before: z.optional(tokenSchema(entry([whole(0), z.string(), whole(0)], wrongToken))),
});
export type DecisionsQuery = z.output<typeof decisionsQuery>;

export const friendChangesQuery = exactly({
  after: z.optional(tokenSchema(entry([whole(0)], wrongToken))),
});
export type FriendChangesQuery = z.output<typeof friendChangesQuery>;
