import { zValidator } from "@hono/zod-validator";
import type { MiddlewareHandler, ValidationTargets } from "hono";
import type * as z from "zod/mini";
import { type Config, readConfig } from "../config.ts";
import { type Databases, databasesOf, whyUnknown } from "../db/databases.ts";
import { problem } from "../http/problem.ts";
import { log } from "../log.ts";
import { askerOf } from "../roles/asker.ts";
import { mayDo, tokensOf } from "../roles/role.ts";
import { noQuery, problemsOf } from "./parameters.ts";

export type ApiEnv = {
  Bindings: Env;
  Variables: { config: Config; databases: Databases; who: string };
};
type Step = MiddlewareHandler<ApiEnv>;

/** No cache may keep an answer: it is about somebody, and it changes at any time. */
export const uncached: Step = async (c, next) => {
  await next();
  c.header("Cache-Control", "no-store");
};

/** Checks who asks, and where from. It lets in a role's token, or a session of the console. */
export const onlyWithRole: Step = async (c, next) => {
  const configured = readConfig(c.env);
  if (!configured.ok) return problem(500, "The Worker is misconfigured: see /health.");
  const { config, problems } = configured;
  const asked = await askerOf(c.req.raw, tokensOf(config), Date.now());
  if (!asked.ok) return refuse(asked.reason);
  const { role, who } = asked.asker;
  if (!mayDo(role, c.req.method, new URL(c.req.url).pathname)) return refuse("role-wrong");
  const databases = databasesOf(c.env, config.shards);
  if (databases === undefined) {
    const detail = whyUnknown(c.env, problems).join("; ");
    log("failed", { reason: "misconfigured", problems: detail });
    return problem(500, detail);
  }
  c.set("config", config);
  c.set("databases", databases);
  c.set("who", who);
  return next();
};

const REFUSALS = {
  "token-wrong": [
    401,
    "Send the API_TOKEN as `Authorization: Bearer …`, or sign in to the console.",
  ],
  "cross-site": [403, "By a session, this is for the console's own page."],
  "role-wrong": [403, "This takes the API_TOKEN: a moderator may look, explain and change rules."],
} as const;

function refuse(reason: keyof typeof REFUSALS): Response {
  const [status, detail] = REFUSALS[reason];
  log("refused", { reason, status });
  return problem(status, detail);
}

/** Checks by zod, through hono's validator. The answer names what is wrong, and not what stood there. */
export const valid = <Target extends keyof ValidationTargets, Schema extends z.ZodMiniType>(
  target: Target,
  schema: Schema,
) =>
  zValidator(target, schema, (result) =>
    result.success ? undefined : problem(400, problemsOf(result.error)),
  );

/** This step has no type of its own. So nobody has to give hono's typed client an empty query. */
export const withoutQuery: Step = async (c, next) => {
  const { success, error } = noQuery.safeParse(c.req.query());
  return success ? next() : problem(400, problemsOf(error));
};

/**
 * For a body without required fields. If Content-Type does not say JSON, hono takes the body for an empty
 * object.
 */
export const onlyJson: Step = async (c, next) =>
  /^application\/json\s*(?:;|$)/i.test(c.req.header("Content-Type") ?? "")
    ? next()
    : problem(400, "The body must be JSON, and Content-Type must say so.");
