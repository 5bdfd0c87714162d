import { lettersBody } from "../../src/api/bodies.ts";
import { deadLettersPage, discarded, redriven } from "../../src/api/moderation-answers.ts";
import { deadLettersQuery } from "../../src/api/moderation-parameters.ts";
import { LETTERS_DEFAULT, REDRIVE_MAX_LETTERS } from "../../src/limits.ts";
import { answer, describe, operation, rows, session, sessionAnswer } from "./operation.ts";

/** What the console shows besides rules, in the document. */

export const MODERATION_NAMES = { deadLettersPage, redriven, discarded };

describe(
  deadLettersQuery.shape.limit,
  "The most letters of a page",
  rows(REDRIVE_MAX_LETTERS, LETTERS_DEFAULT),
);
describe(deadLettersQuery.shape.cursor, "The `cursor` of the page before");
describe(lettersBody.shape.ids, "Ids of dead letters", {
  minItems: 1,
  maxItems: REDRIVE_MAX_LETTERS,
});

export const moderationPaths = {
  "/v1/dead-letters": {
    get: operation(
      "deadLetters",
      "Messages that could not be applied or delivered, and wait",
      { ...session, query: deadLettersQuery },
      { 200: sessionAnswer("A page", deadLettersPage) },
    ),
  },
  "/v1/dead-letters/redrive": {
    post: operation(
      "redrive",
      "Apply dead letters once more, or deliver them where they are callbacks",
      { body: lettersBody },
      { 200: answer("What became of each", redriven) },
    ),
  },
  "/v1/dead-letters/discard": {
    post: operation(
      "discard",
      "Give dead letters up",
      { body: lettersBody },
      { 200: answer("Which waited", discarded) },
    ),
  },
};
