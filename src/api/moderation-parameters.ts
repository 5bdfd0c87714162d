import * as z from "zod/mini";
import { LETTERS_DEFAULT, REDRIVE_MAX_LETTERS } from "../limits.ts";
import { entry, whole } from "../schema.ts";
import { exactly, limit } from "./parameters.ts";
import { tokenSchema } from "./tokens.ts";

/** What the console asks with, besides what is about rules. */

const wrongToken = "is none that was given out";

const letterKey = entry([whole(0), z.string()], wrongToken);
export const deadLettersQuery = exactly({
  limit: limit(LETTERS_DEFAULT, REDRIVE_MAX_LETTERS),
  cursor: z.optional(tokenSchema(letterKey)),
});
export type DeadLettersQuery = z.output<typeof deadLettersQuery>;
