import { zValidator } from "@hono/zod-validator";
import type { Context, MiddlewareHandler } from "hono";
import type * as z from "zod/mini";
import type { Config } from "./config.ts";
import { type Log, type LogFields, log } from "./log.ts";
import type { MetricsBinding } from "./metrics.ts";
import { type Refusal, refused } from "./tencent/reply.ts";
import type { CallbackBody, CallbackQuery } from "./tencent/request.ts";

/** What a callback's request has learnt of itself on its way through the guard. */
export type AppEnv = {
  Bindings: Env & MetricsBinding;
  Variables: {
    config: Config;
    query: CallbackQuery;
    /** CallbackCommand of the URL. */
    command: string | undefined;
    /** Tencent made the request: from here on its answer has status 200. */
    authentic: true | undefined;
    /** Absent until the request is authentic: what another says of itself is not logged. */
    log: Log | undefined;
    body: CallbackBody;
  };
};
export type AppContext = Context<AppEnv>;
export type Step = MiddlewareHandler<AppEnv>;

/** Refuses a request as a whole. */
export function refuse(c: AppContext, reason: Refusal, detail?: string): Response {
  const { status, reply } = refused(reason, commandOf(c), detail);
  logOf(c)("refused", { reason, status, detail });
  return c.json(reply, status);
}

/** Answers a failure that is ours: one for whoever runs friendgate to look at. */
export function fail(
  c: AppContext,
  reason: "misconfigured" | "crashed",
  fields: LogFields,
): Response {
  logOf(c)("failed", { reason, ...fields });
  return c.json(refused(reason, commandOf(c)).reply, c.get("authentic") ? 200 : 500);
}

/** What fails before its parameters are read fails with a code of its command's range, too. */
function commandOf(c: AppContext): string | undefined {
  return c.get("command") ?? c.req.query("CallbackCommand");
}

export function logOf(c: AppContext): Log {
  return c.get("log") ?? log;
}

/** zod through hono's validator; `then` keeps what was valid, or turns a failure into our reply. */
export function validated<Schema extends z.ZodMiniType>(
  target: "query" | "json",
  schema: Schema,
  then: (result: ReturnType<Schema["safeParse"]>, c: AppContext) => Response | undefined,
): Step {
  return zValidator(target, schema, (result, c) =>
    then(result as ReturnType<Schema["safeParse"]>, c as unknown as AppContext),
  ) as unknown as Step;
}
