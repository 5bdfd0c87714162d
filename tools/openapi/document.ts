import * as z from "zod";
import { createDocument } from "zod-openapi";
import packageJson from "../../package.json" with { type: "json" };
import {
  blacklistPage,
  blockedUser,
  deletedFriend,
  erasure,
  friend,
  friendship,
  friendsPage,
  movedSlice,
  recommendations,
  reconciled,
  recordedRequest,
  recordedResponse,
  requestsPage,
  responsesPage,
  shards,
  stats,
  unblockedUser,
  usersPage,
} from "../../src/api/answers.ts";
import { listBody, listsBody, moveBody, reconciliation } from "../../src/api/bodies.ts";
import {
  candidateParams,
  decidedQuery,
  friendParams,
  listsQuery,
  ownerParams,
  pairsQuery,
  recommendationsQuery,
  userParams,
  usersQuery,
} from "../../src/api/parameters.ts";
import {
  LISTS_MAX,
  LISTS_MAX_FRIENDS,
  PAGE_DEFAULT_ROWS,
  PAGE_MAX_ROWS,
  RECOMMENDATIONS_DEFAULT,
  RECOMMENDATIONS_MAX,
} from "../../src/limits.ts";
import { MODERATION_NAMES, moderationPaths } from "./moderation.ts";
import {
  answer,
  describe,
  expired,
  flag,
  operation,
  problem,
  rows,
  session,
  sessionAnswer,
} from "./operation.ts";
import { RULE_NAMES, rulePaths } from "./rules.ts";

/** Each becomes a component under its name. */
const NAMES = {
  friend,
  deletedFriend,
  friendsPage,
  blockedUser,
  unblockedUser,
  blacklistPage,
  friendship,
  recommendations,
  reconciled,
  reconciliation,
  recordedRequest,
  recordedResponse,
  requestsPage,
  responsesPage,
  stats,
  shards,
  movedSlice,
  erasure,
  usersPage,
  problem,
  ...RULE_NAMES,
  ...MODERATION_NAMES,
};
for (const [name, schema] of Object.entries(NAMES)) {
  const id = name.charAt(0).toUpperCase() + name.slice(1);
  z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), id });
}

for (const { limit } of [pairsQuery.shape, decidedQuery.shape, usersQuery.shape]) {
  describe(limit, "The most entries of a page", rows(PAGE_MAX_ROWS, PAGE_DEFAULT_ROWS));
}
describe(
  recommendationsQuery.shape.limit,
  "The most recommendations",
  rows(RECOMMENDATIONS_MAX, RECOMMENDATIONS_DEFAULT),
);
describe(userParams.shape.userId, "A UserID", { minLength: 1, maxLength: 128 });
describe(pairsQuery.shape.cursor, "The `cursor` of the page before");
describe(pairsQuery.shape.since, "The `since` of an earlier reading");
describe(decidedQuery.shape.after, "The `after` of an earlier page, or a time in ms");
describe(usersQuery.shape.cursor, "The `cursor` of the page before");
describe(decidedQuery.shape.blocked, "true: refused ones only", flag);
describe(listsQuery.shape.dryRun, "true: compare, and repair nothing", flag);
describe(listsQuery.shape.report, "pairs: say which pairs differ");
describe(
  listBody.shape.readAt,
  "When the reading of the list began: ms since the epoch, of the last hour",
);
describe(moveBody.shape.table, "The table", { type: "string" });
describe(moveBody.shape.from, "The binding of the database whose slice is looked at");
describe(
  moveBody.shape.to,
  "The binding of the database that is to have the slots; else as SHARDS says",
);
describe(moveBody.shape.slots, "The first and the last slot; only with `to`", {
  type: "array",
  items: { type: "integer" },
  minItems: 2,
  maxItems: 2,
});
describe(moveBody.shape.after, "The `after` of the slice before");
describe(moveBody.shape.since, "Only rows that were written since this time, in ms");
describe(
  moveBody.shape.how,
  "copy: remove nothing; move: remove here what is there; check: write nothing",
);
describe(listBody.shape.friends, "The whole list", { maxItems: LISTS_MAX_FRIENDS });
describe(listsBody.shape.lists, "Of different users, with 10,000 friends in all", {
  maxItems: LISTS_MAX,
});

export const document = createDocument({
  openapi: "3.1.0",
  info: {
    title: "friendgate",
    version: packageJson.version,
    description:
      "What the app backend asks: friends, recommendations, what was refused; and what moderators do.",
  },
  security: [{ token: [] }, { session: [] }],
  components: {
    securitySchemes: {
      token: {
        type: "http",
        scheme: "bearer",
        description: "The secret API_TOKEN, or MODERATOR_TOKEN for who looks and changes rules",
      },
      session: {
        type: "apiKey",
        in: "cookie",
        name: "__Host-friendgate",
        description:
          "Who has signed in at /console/; what changes something has X-Friendgate-Console: 1",
      },
    },
  },
  paths: {
    "/v1/openapi.json": {
      get: operation("openapi", "This document", {}, { 200: answer("OpenAPI 3.1") }),
    },
    "/v1/users": {
      get: operation(
        "users",
        "Users whose friends are known, or were",
        { ...session, query: usersQuery },
        { 200: sessionAnswer("A page", usersPage) },
      ),
    },
    "/v1/users/{userId}/friend-list": {
      put: operation(
        "reconcile",
        "Repair a user's friends by a list that was read at Tencent",
        { path: ownerParams, query: listsQuery, body: listBody },
        { 200: answer("How the table differed", reconciled) },
      ),
    },
    "/v1/friend-lists": {
      put: operation(
        "reconcileMany",
        "Repair the friends of several users by such lists",
        { query: listsQuery, body: listsBody },
        { 200: answer("How the table differed", reconciled) },
      ),
    },
    "/v1/reconciliations": {
      post: operation(
        "reconciliation",
        "Keep what a comparison of many lists found, for /v1/stats and /health",
        { body: reconciliation },
        { 204: answer("Kept, in place of the one before") },
      ),
    },
    "/v1/users/{userId}/friends": {
      get: operation(
        "friends",
        "A user's friends, or with `since` what changed",
        { ...session, path: userParams, query: pairsQuery },
        {
          200: sessionAnswer("A page", friendsPage),
          410: expired,
        },
      ),
    },
    "/v1/users/{userId}/blacklist": {
      get: operation(
        "blacklist",
        "Whom a user has blocked, or with `since` what changed",
        { ...session, path: userParams, query: pairsQuery },
        {
          200: sessionAnswer("A page", blacklistPage),
          410: expired,
        },
      ),
    },
    "/v1/users/{userId}/friends/{friendId}": {
      get: operation(
        "friendship",
        "Whether two users are friends, or block each other, in which direction, since when",
        { ...session, path: friendParams },
        { 200: sessionAnswer("The friendship", friendship) },
      ),
    },
    "/v1/users/{userId}/recommendations": {
      get: operation(
        "recommendations",
        "Friends of friends, the most mutual friends first",
        { ...session, path: userParams, query: recommendationsQuery },
        { 200: sessionAnswer("The best", recommendations) },
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
    "/v1/friend-responses": {
      get: operation(
        "friendResponses",
        "The friend responses that were decided: the newest, or what came after",
        { ...session, query: decidedQuery },
        { 200: sessionAnswer("The oldest first", responsesPage) },
      ),
    },
    "/v1/friend-requests": {
      get: operation(
        "friendRequests",
        "The friend requests that were decided: the newest, or what came after",
        { ...session, query: decidedQuery },
        { 200: sessionAnswer("The oldest first", requestsPage) },
      ),
    },
    "/v1/shards": {
      get: operation(
        "shards",
        "The databases, and which users' rows each has",
        {},
        {
          200: answer("The databases", shards),
        },
      ),
    },
    "/v1/shards/slices": {
      post: operation(
        "moveSlice",
        "Bring a slice of a table to the database where it belongs; what `npm run reshard` uses",
        { body: moveBody },
        { 200: answer("What was in the slice", movedSlice) },
      ),
    },
    "/v1/stats": {
      get: operation("stats", "What was answered and refused in the last hour and day", session, {
        200: sessionAnswer("The figures", stats),
      }),
    },
    ...rulePaths,
    ...moderationPaths,
  },
});
