import { HTTPException } from "hono/http-exception";
import { Hono } from "hono/tiny";
import { api } from "./api/api.ts";
import { isBearer } from "./bearer.ts";
import { keepFriendChange } from "./callbacks/friend-change.ts";
import { answerFriendResponse } from "./callbacks/friend-response.ts";
import { configOf } from "./config.ts";
import { createBrokenRuleReport } from "./friends/broken-rules.ts";
import { createOrderKeys } from "./friends/order-key.ts";
import { record } from "./friends/record.ts";
import { onlyAuthentic, onlyCallbacks, onlyWithinSize, readQuery, requestIdOf } from "./guard.ts";
import { healthOf } from "./health.ts";
import { type AppContext, type AppEnv, fail, logOf, refuse } from "./http.ts";
import { APPLY_TIMEOUT_MS, EVENT_TIME_AHEAD_MAX_MS, SEND_TIMEOUT_MS } from "./limits.ts";
import { errorName, log } from "./log.ts";
import { measure } from "./metrics.ts";
import { parseBody, readBody } from "./parse.ts";
import { problem } from "./problem.ts";
import { type Reply, succeeded } from "./tencent/reply.ts";
import { single } from "./tencent/request.ts";

const nextOrderKey = createOrderKeys();
const reportBrokenRules = createBrokenRuleReport();

export const app = new Hono<AppEnv>();

app.get("/health", async (c) => {
  const configured = configOf(c.env);
  if (!configured.ok) {
    log("failed", { reason: "misconfigured", problems: configured.problems.join("; ") });
    return c.json({ status: "misconfigured" }, 500);
  }
  const { allowUnsigned, apiToken } = configured.config;
  const health = { status: "ok", ...(allowUnsigned && { unsigned: true }) };
  if (!c.req.raw.headers.has("Authorization")) return c.json(health);
  // A token that is wrong is told so: silence would look like a deployment without dead letters.
  if (!(await isBearer(c.req.raw, apiToken))) return problem(401, "This is not the API_TOKEN.");
  const stores = { db: c.env.DB, queue: c.env.FRIEND_EVENTS, blocklist: c.env.BLOCKLIST };
  const figures = await healthOf(stores, Date.now());
  return figures.deadLetters === null || !figures.blocklistReadable
    ? c.json({ ...health, status: "degraded", ...figures }, 503)
    : c.json({ ...health, ...figures });
});

/** Without a token, or where the callbacks have their path, there is no API. */
app.all("/v1/*", (c, next) => {
  const configured = configOf(c.env);
  const isOn =
    configured.ok &&
    configured.config.apiToken !== undefined &&
    configured.config.callbackPath !== c.req.path;
  return isOn ? api.fetch(c.req.raw, c.env, c.executionCtx) : next();
});

app.all(
  "*",
  onlyCallbacks,
  onlyWithinSize,
  readQuery,
  onlyAuthentic,
  readBody,
  parseBody,
  async (c) => c.json(await answer(c)),
);

app.onError((error, c) => {
  // hono's validator throws for a body that is not JSON; any other throw is a bug or an outage.
  if (error instanceof HTTPException) return refuse(c, "malformed", "not JSON");
  return fail(c, "crashed", { error: errorName(error) });
});

/** Dispatch: no default, so that a new kind of body does not compile until it is handled. */
async function answer(c: AppContext): Promise<Reply> {
  const { config, body, query } = c.var;
  const now = Date.now();
  switch (body.CallbackCommand) {
    case "Sns.CallbackPrevFriendResponse":
      return answerFriendResponse(body, {
        blocklist: c.env.BLOCKLIST,
        kinds: config.blocklistKinds,
        timeoutMs: config.blocklistTimeoutMs,
        onBlocklistError: config.onBlocklistError,
        platform: single(query.OptPlatform),
        clientIp: single(query.ClientIP),
        reportBrokenRules: (rules) =>
          c.executionCtx.waitUntil(reportBrokenRules(rules, config.tokens?.current, logOf(c))),
        decided: (decided) => {
          const { METRICS: metrics } = c.env;
          if (metrics) c.executionCtx.waitUntil(measure(metrics, body.CallbackCommand, decided));
          c.executionCtx.waitUntil(
            record(decided, {
              queue: c.env.FRIEND_EVENTS,
              mode: config.recordResponses,
              nowMs: now,
              requestId: requestIdOf(query),
              log: logOf(c),
            }),
          );
        },
        log: logOf(c),
      });
    case "Sns.CallbackFriendAdd":
    case "Sns.CallbackFriendDelete":
      return keepFriendChange(body, {
        queue: c.env.FRIEND_EVENTS,
        db: c.env.DB,
        nextOrderKey: () => nextOrderKey(now),
        latestEventTimeMs: now + EVENT_TIME_AHEAD_MAX_MS,
        sendTimeoutMs: SEND_TIMEOUT_MS,
        applyTimeoutMs: APPLY_TIMEOUT_MS,
        log: logOf(c),
      });
    case "unhandled":
      logOf(c)("accepted", { reason: "unhandled-command" });
      return succeeded();
  }
}
