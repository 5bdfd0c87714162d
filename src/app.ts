import { Hono } from "hono/tiny";
import { refuseBug, refuseOther } from "./callbacks/refuse.ts";
import { readConfig } from "./config.ts";

/** What is asked besides callbacks. */
export const app = new Hono<{ Bindings: Env }>();

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

app.all("*", (c) => refuseOther(c.req.raw, readConfig(c.env)));

app.onError((error, c) => refuseBug(c.req.raw, error));
