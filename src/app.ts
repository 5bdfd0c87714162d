import { Hono } from "hono/tiny";
import { refuseBug, refuseOther } from "./callbacks/refuse.ts";
import { hasToken, readConfig } from "./config.ts";

/** Answers every request that is no callback. */
export const app = new Hono<{ Bindings: Env }>();

app.get("/health", async (c) => (await import("./api/health.ts")).health(c));

/** These routes exist only where a token is set, and where callbacks do not use the same path. */
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

app.all("*", (c) => refuseOther(c.req.raw, readConfig(c.env)));

app.onError((error, c) => refuseBug(c.req.raw, error));
