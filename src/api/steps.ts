import { zValidator } from "@hono/zod-validator";
import type { MiddlewareHandler, ValidationTargets } from "hono";
import type * as z from "zod/mini";
import { type Config, readConfig } from "../config.ts";
import { type Databases, databasesOf, whyUnknown } from "../db/databases.ts";
import { isBearer } from "../http/bearer.ts";
import { problem } from "../http/problem.ts";
import { log } from "../log.ts";
import { noQuery, problemsOf } from "./parameters.ts";

export type ApiEnv = { Bindings: Env; Variables: { config: Config; databases: Databases } };
type Step = MiddlewareHandler<ApiEnv>;

/** Nothing of it is for a cache: it is somebody's, and it changes at any time. */
export const uncached: Step = async (c, next) => {
  await next();
  c.header("Cache-Control", "no-store");
};

export const onlyWithToken: Step = async (c, next) => {
  const configured = readConfig(c.env);
  if (!configured.ok || !(await isBearer(c.req.raw, configured.config.apiToken))) {
    log("refused", { reason: "token-wrong", status: 401 });
    return problem(401, "Send the API_TOKEN as `Authorization: Bearer …`.");
  }
  const { config, problems } = configured;
  const databases = databasesOf(c.env, config.shards);
  if (databases === undefined) {
    const detail = whyUnknown(c.env, problems).join("; ");
    log("failed", { reason: "misconfigured", problems: detail });
    return problem(500, detail);
  }
  c.set("config", config);
  c.set("databases", databases);
  return next();
};

/** zod through hono's validator. The answer names what is wrong, and not what stood there. */
export const valid = <Target extends keyof ValidationTargets, Schema extends z.ZodMiniType>(
  target: Target,
  schema: Schema,
) =>
  zValidator(target, schema, (result) =>
    result.success ? undefined : problem(400, problemsOf(result.error)),
  );

/** A step without a type of its own: hono's typed client need not be given an empty query. */
export const withoutQuery: Step = async (c, next) => {
  const { success, error } = noQuery.safeParse(c.req.query());
  return success ? next() : problem(400, problemsOf(error));
};
