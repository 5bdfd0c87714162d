import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { Hono } from "hono/tiny";
import type { Databases } from "../db/databases.ts";
import { dismiss } from "../db/dismissals.ts";
import { beginErasure } from "../db/erasures.ts";
import type { Reader } from "../db/reader.ts";
import { storeReconciliation } from "../db/reconciliation.ts";
import { toOrderKey } from "../events/order-key.ts";
import { PROBLEM_TYPE, problem, problemOf } from "../http/problem.ts";
import { errorName, log } from "../log.ts";
import { readBlacklist } from "./blacklist.ts";
import { listBody, listsBody, moveBody, reconciliation } from "./bodies.ts";
import { readRequests, readResponses } from "./decided.ts";
import { reconcile } from "./friend-lists.ts";
import { readFriends, readFriendship } from "./friends.ts";
import { moderation } from "./moderation-routes.ts";
import type { PageResult } from "./pairs.ts";
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
} from "./parameters.ts";
import { readRecommendations } from "./recommendations.ts";
import { rules } from "./rule-routes.ts";
import { inSession } from "./session.ts";
import { move, readShards } from "./shards.ts";
import { readStats } from "./stats.ts";
import { type ApiEnv, onlyWithRole, uncached, valid, withoutQuery } from "./steps.ts";
import { readUsers } from "./users.ts";

/** A copy's clock does not tell what the copy has. So lists, and their `since`, come from the primary. */
async function pageOf<Page extends object>(
  c: Context<ApiEnv>,
  readPage: (databases: Databases<Reader>) => Promise<PageResult<Page>>,
) {
  const read = await inSession(c, readPage, "first-primary");
  return read.ok
    ? c.json(read.page, 200)
    : c.json(
        problemOf(410, "Deletions since then are forgotten: read the list without `since`."),
        410,
        PROBLEM_TYPE,
      );
}

/** The routes for the app backend. They are chained, so that hono's typed client knows every route. */
export const api = new Hono<ApiEnv>()
  .basePath("/v1")
  .use(uncached, onlyWithRole)
  .get("/openapi.json", withoutQuery, (c) =>
    c.env.ASSETS.fetch("https://assets.local/openapi.json"),
  )
  .get("/users", valid("query", usersQuery), async (c) =>
    c.json(await inSession(c, (databases) => readUsers(databases, c.req.valid("query"))), 200),
  )
  .get(
    "/users/:userId/friends",
    valid("param", userParams),
    valid("query", pairsQuery),
    async (c) =>
      pageOf(c, (databases) =>
        readFriends(databases, c.req.valid("param").userId, c.req.valid("query")),
      ),
  )
  .get(
    "/users/:userId/blacklist",
    valid("param", userParams),
    valid("query", pairsQuery),
    async (c) =>
      pageOf(c, (databases) =>
        readBlacklist(databases, c.req.valid("param").userId, c.req.valid("query")),
      ),
  )
  .get(
    "/users/:userId/friends/:friendId",
    valid("param", friendParams),
    withoutQuery,
    async (c) => {
      const { userId, friendId } = c.req.valid("param");
      return c.json(
        await inSession(c, (databases) => readFriendship(databases, userId, friendId)),
        200,
      );
    },
  )
  .get(
    "/users/:userId/recommendations",
    valid("param", userParams),
    valid("query", recommendationsQuery),
    async (c) =>
      c.json(
        await inSession(c, (databases) =>
          readRecommendations(
            { databases, blocklist: c.env.BLOCKLIST, kinds: c.var.config.blocklistKinds },
            c.req.valid("param").userId,
            c.req.valid("query"),
          ),
        ),
        200,
      ),
  )
  .post(
    "/users/:userId/recommendations/:candidateId/dismiss",
    valid("param", candidateParams),
    withoutQuery,
    async (c) => {
      const { userId, candidateId } = c.req.valid("param");
      await dismiss(c.var.databases.of(userId).db, userId, candidateId, Date.now());
      return c.body(null, 204);
    },
  )
  .delete("/users/:userId", valid("param", userParams), withoutQuery, async (c) => {
    const { userId } = c.req.valid("param");
    const friendships = await beginErasure(c.var.databases, userId, toOrderKey(Date.now()));
    return c.json({ friendships }, 202);
  })
  .put(
    "/users/:userId/friend-list",
    valid("param", ownerParams),
    valid("query", listsQuery),
    valid("json", listBody),
    async (c) =>
      c.json(
        await reconcile(
          c.var.databases,
          [{ ...c.req.valid("param"), ...c.req.valid("json") }],
          c.req.valid("query"),
        ),
        200,
      ),
  )
  .put("/friend-lists", valid("query", listsQuery), valid("json", listsBody), async (c) =>
    c.json(await reconcile(c.var.databases, c.req.valid("json").lists, c.req.valid("query")), 200),
  )
  .post("/reconciliations", withoutQuery, valid("json", reconciliation), async (c) => {
    await storeReconciliation(c.var.databases.main.db, c.req.valid("json"));
    return c.body(null, 204);
  })
  .get("/friend-responses", valid("query", decidedQuery), async (c) =>
    c.json(
      await inSession(c, ({ records }) => readResponses(records.db, c.req.valid("query"))),
      200,
    ),
  )
  .get("/friend-requests", valid("query", decidedQuery), async (c) =>
    c.json(
      await inSession(c, ({ records }) => readRequests(records.db, c.req.valid("query"))),
      200,
    ),
  )
  .get("/shards", withoutQuery, async (c) => {
    const { shards = [] } = c.var.config;
    return c.json(await readShards(c.var.databases, shards), 200);
  })
  .post("/shards/slices", withoutQuery, valid("json", moveBody), async (c) =>
    c.json(await move(c.var.databases, c.req.valid("json")), 200),
  )
  .get("/stats", withoutQuery, async (c) =>
    c.json(await inSession(c, (databases) => readStats(databases, Date.now())), 200),
  )
  .route("/", rules)
  .route("/", moderation);

export type Api = typeof api;

api.notFound(() => problem(404, "There is no such path, or not with this method."));

api.onError((error) => {
  // Hono's validator throws this for a body that is not JSON.
  if (error instanceof HTTPException) return error.res ?? problem(400, "The body must be JSON.");
  log("failed", { reason: "api-crashed", error: errorName(error) });
  return problem(500, "The Worker could not answer: see its log.");
});
