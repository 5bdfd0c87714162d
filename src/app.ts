import { Hono } from "hono/tiny";
import { handleCallback } from "./callbacks/handle.ts";
import type { CallbackEnv } from "./callbacks/refuse.ts";
import { hasToken, readConfig } from "./config.ts";
import { errorName, log } from "./log.ts";

export const app = new Hono<CallbackEnv>();

app.get("/health", async (c) => (await import("./api/health.ts")).health(c));

/** Without a token, or where the callbacks have their path, there is nothing of it. */
const forWhoHasToken = (path: string, load: () => Promise<Pick<typeof app, "fetch">>) =>
  app.all(path, async (c, next) => {
    const configured = readConfig(c.env);
    const isOn =
      configured.ok && hasToken(configured.config) && configured.config.callbackPath !== c.req.path;
    if (!isOn) return next();
    return (await load()).fetch(c.req.raw, c.env, c.executionCtx);
  });
forWhoHasToken("/v1/*", async () => (await import("./api/routes.ts")).api);
forWhoHasToken("/console/*", async () => (await import("./console/routes.ts")).pages);

app.all("*", handleCallback);

/** A bug, before it was known whether Tencent made the request. */
app.onError(async (error, c) => {
  const { replyRefusal } = await import("./tencent/refusal.ts");
  log("failed", { reason: "crashed", error: errorName(error) });
  return c.json(replyRefusal("crashed", c.req.query("CallbackCommand")).reply, 500);
});
