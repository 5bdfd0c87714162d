import * as z from "zod";
import { createDocument, type ZodOpenApiOperationObject } from "zod-openapi";
import packageJson from "../../package.json" with { type: "json" };
import {
  deletedFriend,
  erasure,
  friend,
  friendship,
  friendsPage,
  recommendations,
  recordedResponse,
  redriven,
  responsesPage,
  stats,
} from "../../src/api/answers.ts";
import {
  candidateParams,
  friendParams,
  friendsQuery,
  recommendationsQuery,
  redriveBody,
  responsesQuery,
  userParams,
} from "../../src/api/parameters.ts";
import {
  PAGE_DEFAULT_ROWS,
  PAGE_MAX_ROWS,
  RECOMMENDATIONS_DEFAULT,
  RECOMMENDATIONS_MAX,
} from "../../src/limits.ts";

const problem = z
  .object({ title: z.string(), status: z.int(), detail: z.string() })
  .meta({ description: "RFC 9457: what is wrong, and what to do about it" });

/** Each becomes a component with its name. */
const NAMES = {
  friend,
  deletedFriend,
  friendsPage,
  friendship,
  recommendations,
  recordedResponse,
  redriven,
  responsesPage,
  stats,
  erasure,
  problem,
};
for (const [name, schema] of Object.entries(NAMES)) {
  const id = name.charAt(0).toUpperCase() + name.slice(1);
  z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), id });
}

/** In a URL a number is text, and the schema checks text. The document says that it is a number. */
function describe(schema: z.core.$ZodType, description: string, override = {}): void {
  z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), description, override });
}
const rows = (max: number, ordinary: number) => ({
  type: "integer",
  pattern: undefined,
  minimum: 1,
  maximum: max,
  default: ordinary,
});
for (const { limit } of [friendsQuery.shape, responsesQuery.shape]) {
  describe(limit, "The most entries of a page", rows(PAGE_MAX_ROWS, PAGE_DEFAULT_ROWS));
}
describe(
  recommendationsQuery.shape.limit,
  "The most recommendations",
  rows(RECOMMENDATIONS_MAX, RECOMMENDATIONS_DEFAULT),
);
describe(friendsQuery.shape.cursor, "The `cursor` of the page before");
describe(friendsQuery.shape.since, "The `since` of an earlier reading");
describe(responsesQuery.shape.after, "The `after` of an earlier page, or a time in ms");
describe(responsesQuery.shape.blocked, "true: refused ones only", {
  type: "string",
  enum: ["true", "false"],
  default: "false",
});

const answer = (description: string, schema?: z.core.$ZodType) => ({
  description,
  ...(schema && { content: { "application/json": { schema } } }),
});
const failure = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: problem } },
});

type Parameters = {
  path?: z.core.$ZodObject;
  query?: z.core.$ZodObject;
  body?: z.core.$ZodObject;
};

function operation(
  operationId: string,
  summary: string,
  { path, query, body }: Parameters,
  responses: ZodOpenApiOperationObject["responses"],
): ZodOpenApiOperationObject {
  return {
    operationId,
    summary,
    ...((path || query) && { requestParams: { ...(path && { path }), ...(query && { query }) } }),
    ...(body && { requestBody: { content: { "application/json": { schema: body } } } }),
    responses: {
      ...responses,
      ...((path || query || body) && { 400: failure("A parameter is wrong") }),
      401: failure("The token is missing or wrong"),
    },
  };
}

export const document = createDocument({
  openapi: "3.1.0",
  info: {
    title: "friendgate",
    version: packageJson.version,
    description: "What the app backend asks: friends, recommendations, and what was refused.",
  },
  security: [{ token: [] }],
  components: {
    securitySchemes: {
      token: { type: "http", scheme: "bearer", description: "The secret API_TOKEN" },
    },
  },
  paths: {
    "/v1/openapi.json": {
      get: operation("openapi", "This document", {}, { 200: answer("OpenAPI 3.1") }),
    },
    "/v1/users/{userId}/friends": {
      get: operation(
        "friends",
        "A user's friends, or with `since` what changed",
        { path: userParams, query: friendsQuery },
        {
          200: answer("A page", friendsPage),
          410: failure("Deletions since then are forgotten: read the list without `since`"),
        },
      ),
    },
    "/v1/users/{userId}/friends/{friendId}": {
      get: operation(
        "friendship",
        "Whether two users are friends, in which direction, since when",
        { path: friendParams },
        { 200: answer("The friendship", friendship) },
      ),
    },
    "/v1/users/{userId}/recommendations": {
      get: operation(
        "recommendations",
        "Friends of friends, the most mutual friends first",
        { path: userParams, query: recommendationsQuery },
        { 200: answer("The best", recommendations) },
      ),
    },
    "/v1/users/{userId}/recommendations/{candidateId}/dismiss": {
      post: operation(
        "dismiss",
        "Never recommend this one again",
        { path: candidateParams },
        { 204: answer("Done") },
      ),
    },
    "/v1/users/{userId}": {
      delete: operation(
        "erase",
        "Erase a user",
        { path: userParams },
        { 202: answer("Begun; the hourly run finishes it", erasure) },
      ),
    },
    "/v1/dead-letters/redrive": {
      post: operation(
        "redrive",
        "Deliver callbacks that became dead letters once more",
        { body: redriveBody },
        { 200: answer("They are on their queue", redriven) },
      ),
    },
    "/v1/friend-responses": {
      get: operation(
        "friendResponses",
        "What was decided: the newest, or what came after",
        { query: responsesQuery },
        { 200: answer("The oldest first", responsesPage) },
      ),
    },
    "/v1/stats": {
      get: operation(
        "stats",
        "Answers and refusals of the last hour and day",
        {},
        { 200: answer("The figures", stats) },
      ),
    },
  },
});
