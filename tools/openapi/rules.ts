import { userParams } from "../../src/api/parameters.ts";
import {
  explanation,
  ruleChanges,
  ruleEntry,
  ruleProblem,
  rulesPage,
  storedRule,
  userRules,
} from "../../src/api/rule-answers.ts";
import {
  explanationBody,
  putQuery,
  ruleBody,
  ruleChangesQuery,
  ruleParams,
  rulesQuery,
} from "../../src/api/rule-parameters.ts";
import { ACTIONS, MODES } from "../../src/blocklist/value.ts";
import {
  PAGE_DEFAULT_ROWS,
  PAGE_MAX_ROWS,
  REASON_MAX_CHARS,
  RULE_CODE_DEFAULT,
  RULE_CODE_MAX,
  RULE_CODE_MIN,
} from "../../src/limits.ts";
import {
  answer,
  describe,
  failure,
  flag,
  operation,
  rows,
  session,
  sessionAnswer,
} from "./operation.ts";

/** The blocklist in the document. */

export const RULE_NAMES = {
  ruleEntry,
  storedRule,
  userRules,
  rulesPage,
  ruleProblem,
  ruleChanges,
  explanation,
};

for (const { limit } of [rulesQuery.shape, ruleChangesQuery.shape])
  describe(limit, "The most entries of a page", rows(PAGE_MAX_ROWS, PAGE_DEFAULT_ROWS));
describe(ruleParams.shape.key, "The key as KV has it, encoded for the URL once more");
describe(rulesQuery.shape.prefix, "What the keys begin with, such as user:ali");
describe(rulesQuery.shape.cursor, "The `cursor` of the page before");
describe(putQuery.shape.expiration, "The rule ends then: seconds since the epoch", {
  type: "integer",
  pattern: undefined,
});
describe(putQuery.shape.expirationTtl, "The rule ends so many seconds from now", {
  type: "integer",
  pattern: undefined,
  minimum: 60,
});
describe(putQuery.shape.force, "true: store what is only in doubt", flag);
describe(ruleChangesQuery.shape.before, "The `before` of the page before");
describe(ruleChangesQuery.shape.key, "Only changes of this rule");
describe(ruleBody, "The rule, as a value in KV has it; {} has the defaults", {
  type: "object",
  properties: {
    mode: { type: "string", enum: [...MODES], default: "block" },
    code: {
      type: "integer",
      minimum: RULE_CODE_MIN,
      maximum: RULE_CODE_MAX,
      default: RULE_CODE_DEFAULT,
    },
    reason: { type: "string", maxLength: REASON_MAX_CHARS },
    actions: { type: "array", items: { type: "string", enum: [...ACTIONS] }, minItems: 1 },
    platforms: { type: "array", items: { type: "string" }, minItems: 1 },
    note: { type: "string" },
  },
  additionalProperties: false,
});
describe(
  explanationBody.shape.action,
  "One action; left out: the request, and what becomes of its acceptance",
);

const wrongRule = {
  description: "A parameter is wrong, or the rule",
  content: { "application/problem+json": { schema: ruleProblem } },
};
const away = failure("KV or the database does not answer; what became of it is noted");
const noRule = failure("There is no rule under this key, or it is not seen yet");

export const rulePaths = {
  "/v1/blocklist": {
    get: operation(
      "rules",
      "The rules of the blocklist, in the order of their keys",
      { query: rulesQuery },
      { 200: answer("A page", rulesPage) },
    ),
  },
  "/v1/blocklist/{key}": {
    get: operation(
      "rule",
      "A rule",
      { path: ruleParams },
      { 200: answer("The rule", ruleEntry), 404: noRule },
    ),
    put: operation(
      "putRule",
      "Store a rule in place of the one that is there",
      { path: ruleParams, query: putQuery, body: ruleBody },
      { 200: answer("Stored", storedRule), 400: wrongRule, 503: away },
    ),
    delete: operation(
      "deleteRule",
      "Remove a rule",
      { path: ruleParams },
      { 204: answer("Removed"), 404: noRule, 503: away },
    ),
  },
  "/v1/users/{userId}/rules": {
    get: operation(
      "userRules",
      "The rules about a user",
      { path: userParams },
      { 200: answer("The rules", userRules) },
    ),
  },
  "/v1/rule-changes": {
    get: operation(
      "ruleChanges",
      "Who changed which rule by this API or the console, and when",
      { ...session, query: ruleChangesQuery },
      { 200: sessionAnswer("A page", ruleChanges) },
    ),
  },
  "/v1/explanations": {
    post: operation(
      "explain",
      "What would become of a friend request or a response to one, and why",
      { body: explanationBody },
      { 200: answer("The keys that are looked up, and the decisions", explanation) },
    ),
  },
};
