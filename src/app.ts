import { Hono } from "hono/tiny";
import { handleCallback } from "./callbacks/handle.ts";
import type { CallbackEnv } from "./callbacks/refuse.ts";
import { readConfig } from "./config.ts";
import { errorName, log } from "./log.ts";

export const app = new Hono<CallbackEnv>();

app.get("/health", async (c) => (await import("./api/health.ts")).health(c));

/** Without a token, or where the callbacks have their path, there is no API. */
app.all("/v1/*", async (c, next) => {
  const configured = readConfig(c.env);
  const isOn =
    configured.ok &&
    configured.config.apiToken !== undefined &&
    configured.config.callbackPath !== c.req.path;
  if (!isOn) return next();
  const { api } = await import("./api/routes.ts");
  return api.fetch(c.req.raw, c.env, c.executionCtx);
});

app.all("*", handleCallback);

/** A bug, before it was known whether Tencent made the request. */
app.onError(async (error, c) => {
  const { replyRefusal } = await import("./tencent/refusal.ts");
  log("failed", { reason: "crashed", error: errorName(error) });
  return c.json(replyRefusal("crashed", c.req.query("CallbackCommand")).reply, 500);
});
