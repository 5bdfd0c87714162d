import { configOf } from "./config.ts";
import { fail, refuse, type Step, validated } from "./http.ts";
import { BODY_MAX_BYTES } from "./limits.ts";
import { logWith } from "./log.ts";
import { checkAuthenticity } from "./tencent/authenticity.ts";
import { type CallbackQuery, callbackQuery, repeatedParameter, single } from "./tencent/request.ts";

/** Method and path, for the path is part of the configuration. */
export const onlyCallbacks: Step = async (c, next) => {
  const configured = configOf(c.env);
  if (!configured.ok) {
    return fail(c, "misconfigured", { problems: configured.problems.join("; ") });
  }
  if (pathOf(c.req.url) !== configured.config.callbackPath) return refuse(c, "path");
  if (c.req.method !== "POST") {
    c.header("Allow", "POST");
    return refuse(c, "method");
  }
  c.set("config", configured.config);
  return next();
};

/**
 * The path as it was sent. Hono's is decoded, and a firewall's rule about a path may not be: /%63b
 * would go past a rule about /cb.
 */
function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const end = url.indexOf("?", start);
  return end === -1 ? url.slice(start) : url.slice(start, end);
}

/** Saves the reading of a body that says it is too large; one that lies is found out later. */
export const onlyWithinSize: Step = async (c, next) =>
  Number(c.req.header("Content-Length") ?? 0) > BODY_MAX_BYTES ? refuse(c, "too-large") : next();

/** The schema fails only where authenticity cannot be established. */
export const readQuery = validated("query", callbackQuery, (result, c) => {
  if (!result.success) {
    return refuse(c, result.error.issues[0]?.path[0] === "SdkAppid" ? "app-wrong" : "sign-wrong");
  }
  c.set("query", result.data);
  c.set("command", single(result.data.CallbackCommand));
  return undefined;
});

/** Sign, then app. Before both hold, nothing of the request is read, stored or logged. */
export const onlyAuthentic: Step = async (c, next) => {
  const { config, query, command } = c.var;
  const proof = { sign: query.Sign, requestTime: query.RequestTime };
  let token = "none";
  if (config.tokens !== undefined && !(config.allowUnsigned && proof.sign === undefined)) {
    const authenticity = await checkAuthenticity(proof, config.tokens, Date.now());
    if (!authenticity.authentic) return refuse(c, authenticity.reason);
    token = authenticity.token;
  }
  // Only the console's URL check comes without SdkAppid; it has no command either.
  if (query.SdkAppid === undefined && query.CallbackCommand !== undefined) {
    return refuse(c, "app-missing");
  }
  if (query.SdkAppid !== undefined && query.SdkAppid !== config.appId) {
    return refuse(c, "app-wrong");
  }
  c.set("authentic", true);
  c.set("log", logWith({ command: loggable(command), token, requestId: requestIdOf(query) }));

  const repeated = repeatedParameter(query);
  return repeated === undefined ? next() : refuse(c, "parameter-repeated", repeated);
};

/** Sign covers no parameter: what does not look like a command could be anything, too. */
function loggable(command: string | undefined): string | undefined {
  return command === undefined || /^\w{1,32}\.\w{1,64}$/.test(command) ? command : "other";
}

/** Captures show a UUID. */
export function requestIdOf(query: CallbackQuery): string | undefined {
  const id = single(query.RequestId);
  return id !== undefined && /^[\da-f-]{1,64}$/i.test(id) ? id : undefined;
}
