import { zValidator } from "@hono/zod-validator";
import type { MiddlewareHandler, ValidationTargets } from "hono";
import { HTTPException } from "hono/http-exception";
import { Hono } from "hono/tiny";
import type * as z from "zod/mini";
import { type Config, readConfig } from "../config.ts";
import { dismiss } from "../db/dismissals.ts";
import { beginErasure } from "../db/erasures.ts";
import { toOrderKey } from "../events/order-key.ts";
import { isBearer } from "../http/bearer.ts";
import { PROBLEM_TYPE, problem, problemOf } from "../http/problem.ts";
import { errorName, log } from "../log.ts";
import { redriveCallbacks } from "./dead-letters.ts";
import { readResponses } from "./friend-responses.ts";
import { readFriends, readFriendship } from "./friends.ts";
import {
  candidateParams,
  friendParams,
  friendsQuery,
  noQuery,
  problemsOf,
  recommendationsQuery,
  redriveBody,
  responsesQuery,
  userParams,
} from "./parameters.ts";
import { readRecommendations } from "./recommendations.ts";
import { readStats } from "./stats.ts";

type ApiEnv = { Bindings: Env; Variables: { config: Config } };
type Step = MiddlewareHandler<ApiEnv>;

/** Nothing of it is for a cache: it is somebody's, and it changes at any time. */
const uncached: Step = async (c, next) => {
  await next();
  c.header("Cache-Control", "no-store");
};

const onlyWithToken: Step = async (c, next) => {
  const configured = readConfig(c.env);
  if (!configured.ok || !(await isBearer(c.req.raw, configured.config.apiToken))) {
    log("refused", { reason: "token-wrong", status: 401 });
    return problem(401, "Send the API_TOKEN as `Authorization: Bearer …`.");
  }
  c.set("config", configured.config);
  return next();
};

/** zod through hono's validator. The answer names the parameter, and not what stood there. */
const valid = <Target extends keyof ValidationTargets, Schema extends z.ZodMiniType>(
  target: Target,
  schema: Schema,
) =>
  zValidator(target, schema, (result) =>
    result.success ? undefined : problem(400, problemsOf(result.error)),
  );

/** A step without a type of its own: hono's typed client need not be given an empty query. */
const withoutQuery: Step = async (c, next) => {
  const { success, error } = noQuery.safeParse(c.req.query());
  return success ? next() : problem(400, problemsOf(error));
};

/** What the app backend asks. Chained, so that hono's typed client knows every route. */
export const api = new Hono<ApiEnv>()
  .basePath("/v1")
  .use(uncached, onlyWithToken)
  .get("/openapi.json", withoutQuery, (c) =>
    c.env.ASSETS.fetch("https://assets.local/openapi.json"),
  )
  .get(
    "/users/:userId/friends",
    valid("param", userParams),
    valid("query", friendsQuery),
    async (c) => {
      const read = await readFriends(c.env.DB, c.req.valid("param").userId, c.req.valid("query"));
      return read.ok
        ? c.json(read.page, 200)
        : c.json(
            problemOf(410, "Deletions since then are forgotten: read the list without `since`."),
            410,
            PROBLEM_TYPE,
          );
    },
  )
  .get(
    "/users/:userId/friends/:friendId",
    valid("param", friendParams),
    withoutQuery,
    async (c) => {
      const { userId, friendId } = c.req.valid("param");
      return c.json(await readFriendship(c.env.DB, userId, friendId), 200);
    },
  )
  .get(
    "/users/:userId/recommendations",
    valid("param", userParams),
    valid("query", recommendationsQuery),
    async (c) =>
      c.json(
        await readRecommendations(
          { db: c.env.DB, blocklist: c.env.BLOCKLIST, kinds: c.var.config.blocklistKinds },
          c.req.valid("param").userId,
          c.req.valid("query"),
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
      await dismiss(c.env.DB, userId, candidateId, Date.now());
      return c.body(null, 204);
    },
  )
  .delete("/users/:userId", valid("param", userParams), withoutQuery, async (c) => {
    const { userId } = c.req.valid("param");
    const friendships = await beginErasure(c.env.DB, userId, toOrderKey(Date.now()));
    return c.json({ friendships }, 202);
  })
  .post("/dead-letters/redrive", withoutQuery, valid("json", redriveBody), async (c) =>
    c.json(
      await redriveCallbacks(
        { db: c.env.DB, queue: c.env.BACKEND_CALLBACKS },
        c.req.valid("json").ids,
        Date.now(),
      ),
      200,
    ),
  )
  .get("/friend-responses", valid("query", responsesQuery), async (c) =>
    c.json(await readResponses(c.env.DB, c.req.valid("query")), 200),
  )
  .get("/stats", withoutQuery, async (c) => c.json(await readStats(c.env.DB, Date.now()), 200));

export type Api = typeof api;

api.notFound(() => problem(404, "There is no such path, or not with this method."));

api.onError((error) => {
  // What hono's validator throws, for a body that is no JSON.
  if (error instanceof HTTPException) return problem(400, "The body must be JSON.");
  log("failed", { reason: "api-crashed", error: errorName(error) });
  return problem(500, "The Worker could not answer: see its log.");
});
