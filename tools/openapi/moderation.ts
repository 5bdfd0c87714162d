import { lettersBody } from "../../src/api/bodies.ts";
import {
  deadLettersPage,
  decidedRequest,
  decidedResponse,
  decisions,
  discarded,
  friendChanges,
  history,
  redriven,
  ruleEffects,
} from "../../src/api/moderation-answers.ts";
import {
  deadLettersQuery,
  decisionsQuery,
  friendChangesQuery,
  historyQuery,
} from "../../src/api/moderation-parameters.ts";
import { userParams } from "../../src/api/parameters.ts";
import { LETTERS_DEFAULT, REDRIVE_MAX_LETTERS } from "../../src/limits.ts";
import { answer, describe, operation, rows, session, sessionAnswer } from "./operation.ts";

/** The parts of the document about what the console shows besides rules. */

export const MODERATION_NAMES = {
  deadLettersPage,
  redriven,
  discarded,
  ruleEffects,
  history,
  decidedRequest,
  decidedResponse,
  decisions,
  friendChanges,
};

describe(
  deadLettersQuery.shape.limit,
  "The most letters of a page",
  rows(REDRIVE_MAX_LETTERS, LETTERS_DEFAULT),
);
describe(deadLettersQuery.shape.cursor, "The `cursor` of the page before");
describe(decisionsQuery.shape.before, "The `before` of the page before");
describe(friendChangesQuery.shape.after, "The `after` of an earlier reading");
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
  "/v1/rule-effects": {
    get: operation("ruleEffects", "What each rule has done in the last seven days", session, {
      200: sessionAnswer("The figures", ruleEffects),
    }),
  },
  "/v1/history": {
    get: operation(
      "history",
      "How many requests and responses were answered, by minute, hour or day",
      { ...session, query: historyQuery },
      { 200: sessionAnswer("The figures", history) },
    ),
  },
  "/v1/friend-changes": {
    get: operation(
      "friendChanges",
      "Changes of friend lists and blacklists of the moment; they are kept while somebody asks",
      { query: friendChangesQuery },
      { 200: answer("The changes", friendChanges) },
    ),
  },
  "/v1/users/{userId}/decisions": {
    get: operation(
      "decisions",
      "What was decided about a user's requests and responses, and about those of others to them",
      { ...session, path: userParams, query: decisionsQuery },
      { 200: sessionAnswer("A page", decisions) },
    ),
  },
};
