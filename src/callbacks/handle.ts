import { zValidator } from "@hono/zod-validator";
import type { Context, MiddlewareHandler } from "hono";
import { type Config, readConfig } from "../config.ts";
import { decodeText, parseJson, readBytes } from "../http/body.ts";
import { BODY_MAX_BYTES, RECORDED_TEXT_MAX_CHARS } from "../limits.ts";
import { errorName, type Log, log, logWith } from "../log.ts";
import type { MetricsBinding } from "../metrics.ts";
import {
  anyBody,
  type Bodies,
  COMMANDS,
  type Command,
  isBefore,
  isBlankBody,
  isHandled,
} from "../tencent/commands.ts";
import { type Refusal, type Reply, replyOk, replyRefusal } from "../tencent/reply.ts";
import {
  type CallbackParameters,
  callbackParameters,
  checkAuthenticity,
  repeatedParameter,
  single,
} from "../tencent/url.ts";
import type { Call, Handler } from "./call.ts";
import { handleFriendAdd } from "./friend-add.ts";
import { handleFriendDelete } from "./friend-delete.ts";
import { handleFriendResponse } from "./friend-response.ts";

/** Who answers each command. A command without a handler does not compile. */
const HANDLERS: { readonly [C in Command]: Handler<Bodies[C]> } = {
  "Sns.CallbackPrevFriendResponse": handleFriendResponse,
  "Sns.CallbackFriendAdd": handleFriendAdd,
  "Sns.CallbackFriendDelete": handleFriendDelete,
};

export type CallbackEnv = {
  Bindings: Env & MetricsBinding;
  /** Set by `admit`, before anything else runs. */
  Variables: { config: Config };
};
type CallbackContext = Context<CallbackEnv>;
type ValidParameters = { out: { query: CallbackParameters } };

/** Method and path, for the path is part of the configuration. */
export const admit: MiddlewareHandler<CallbackEnv> = async (c, next) => {
  const configured = readConfig(c.env);
  if (!configured.ok) {
    log("failed", { reason: "misconfigured", problems: configured.problems.join("; ") });
    return c.json(replyRefusal("misconfigured", c.req.query("CallbackCommand")).reply, 500);
  }
  if (pathOf(c.req.url) !== configured.config.callbackPath) return refuse(c, "path");
  if (c.req.method !== "POST") {
    c.header("Allow", "POST");
    return refuse(c, "method");
  }
  c.set("config", configured.config);
  return next();
};

/** The schema fails only where authenticity cannot be established. */
export const validParameters = zValidator("query", callbackParameters, (result, c) => {
  if (result.success) return undefined;
  const [issue] = result.error.issues;
  return refuse(c as CallbackContext, issue?.path[0] === "SdkAppid" ? "app-wrong" : "sign-wrong");
});

/** Answers a callback: authenticate, parse, dispatch, reply. */
export async function handleCallback(
  c: Context<CallbackEnv, string, ValidParameters>,
): Promise<Response> {
  const parameters = c.req.valid("query");
  const { config } = c.var;
  const authenticated = await authenticate(parameters, config);
  if (!authenticated.ok) return refuse(c, authenticated.reason);

  // Tencent made the request: from here on the answer has status 200, and the log names the command.
  const command = single(parameters.CallbackCommand);
  const requestId = requestIdOf(parameters);
  const log = logWith({ command: loggable(command), token: authenticated.token, requestId });
  try {
    const body = await readBody(c.req.raw, parameters);
    if (!body.ok) return refuseCallback(c, parameters, body, log);
    const answer = await dispatch(command, body.json, {
      config,
      blocklist: c.env.BLOCKLIST,
      queue: c.env.FRIEND_EVENTS,
      db: c.env.DB,
      metrics: c.env.METRICS,
      nowMs: Date.now(),
      platform: single(parameters.OptPlatform)?.slice(0, RECORDED_TEXT_MAX_CHARS),
      clientIp: single(parameters.ClientIP),
      requestId,
      log,
      waitUntil: (promise) => c.executionCtx.waitUntil(promise),
    });
    if (!answer.ok) return refuseCallback(c, parameters, answer, log);
    return c.json(answer.reply);
  } catch (error) {
    log("failed", { reason: "crashed", error: errorName(error) });
    return c.json(replyRefusal("crashed", command).reply);
  }
}

type Refused = { ok: false; reason: Refusal; detail?: string };

/** Sign, then app. Before both hold, nothing of the request is read, stored or logged. */
async function authenticate(
  { Sign: sign, RequestTime: requestTime, SdkAppid: appId, CallbackCommand }: CallbackParameters,
  config: Config,
): Promise<{ ok: true; token: string } | Refused> {
  let token = "none";
  if (config.tokens !== undefined && !(config.allowUnsigned && sign === undefined)) {
    const authenticity = await checkAuthenticity({ sign, requestTime }, config.tokens, Date.now());
    if (!authenticity.authentic) return { ok: false, reason: authenticity.reason };
    token = authenticity.token;
  }
  // Only the console's URL check comes without SdkAppid; it has no command either.
  if (appId === undefined && CallbackCommand !== undefined) {
    return { ok: false, reason: "app-missing" };
  }
  if (appId !== undefined && appId !== config.appId) return { ok: false, reason: "app-wrong" };
  return { ok: true, token };
}

/** The body as JSON; undefined for the console's URL check, which has none. */
async function readBody(
  request: Request,
  parameters: CallbackParameters,
): Promise<{ ok: true; json: unknown } | Refused> {
  // Where a refusal would let everything pass, what says nothing of the body is not asked.
  const isAsked = isDecided(single(parameters.CallbackCommand));
  const repeated = isAsked ? undefined : repeatedParameter(parameters);
  if (repeated !== undefined) return { ok: false, reason: "parameter-repeated", detail: repeated };
  // Saves the reading of a body that says it is too large; one that lies is found out on the way.
  if (Number(request.headers.get("Content-Length") ?? 0) > BODY_MAX_BYTES) {
    return { ok: false, reason: "too-large" };
  }
  const body = await readBytes(request, BODY_MAX_BYTES);
  if (!body.ok) return body;
  if (parameters.CallbackCommand === undefined) {
    if (isBlankBody(decodeText(body.bytes))) return { ok: true, json: undefined };
    const reason = parameters.SdkAppid === undefined ? "app-missing" : "command-missing";
    return { ok: false, reason };
  }
  // The parameter, not the header: the protocol promises no Content-Type.
  if (!isAsked && single(parameters.contenttype)?.toLowerCase() !== "json") {
    return { ok: false, reason: "content-type" };
  }
  const json = parseJson(body.bytes);
  if (json !== undefined) return { ok: true, json };
  const isEncoded = (request.headers.get("Content-Encoding") ?? "identity") !== "identity";
  return isEncoded
    ? { ok: false, reason: "content-encoding" }
    : { ok: false, reason: "malformed", detail: "not JSON" };
}

type Answer = { ok: true; reply: Reply } | Refused;

async function dispatch(command: string | undefined, json: unknown, call: Call): Promise<Answer> {
  if (isHandled(command)) return handle(command, json, call);
  if (command !== undefined) {
    const { success, data } = anyBody.safeParse(json);
    if (!success) return { ok: false, reason: "malformed", detail: "not an object" };
    if (data.CallbackCommand !== command) return { ok: false, reason: "command-mismatch" };
  }
  call.log("accepted", { reason: command === undefined ? "url-check" : "unhandled-command" });
  return { ok: true, reply: replyOk() };
}

async function handle<C extends Command>(command: C, json: unknown, call: Call): Promise<Answer> {
  const { success, data, error } = COMMANDS[command].body.safeParse(json);
  if (success) return { ok: true, reply: await HANDLERS[command](data, call) };
  const path = error.issues[0]?.path ?? [];
  if (path[0] === "CallbackCommand") return { ok: false, reason: "command-mismatch" };
  // Where the body is wrong, and never what stands there.
  const detail = path.length === 0 ? "not an object" : path.join(".");
  return { ok: false, reason: "malformed", detail };
}

/** Refuses a request of which it is not known that Tencent made it. */
function refuse(c: CallbackContext, reason: Refusal): Response {
  const { status, reply } = replyRefusal(reason, c.req.query("CallbackCommand"));
  log("refused", { reason, status });
  return c.json(reply, status);
}

/** A command before an action that friendgate allows or refuses. */
function isDecided(command: string | undefined): boolean {
  return isHandled(command) && isBefore(command);
}

/**
 * Refuses a callback of Tencent's as a whole. A change that is lost by it is a failure, and so is an
 * action that passes by it.
 */
function refuseCallback(
  c: CallbackContext,
  { CallbackCommand }: CallbackParameters,
  { reason, detail }: Refused,
  ownLog: Log,
): Response {
  // A repeated command is among what is refused.
  const commands = [CallbackCommand].flat();
  const { status, reply } = replyRefusal(reason, commands[0], detail);
  if (commands.some(isHandled)) {
    const failure = commands.some(isDecided) ? "response-refused" : "change-refused";
    ownLog("failed", { reason: failure, why: reason, detail });
  } else {
    ownLog("refused", { reason, status, detail });
  }
  return c.json(reply, status);
}

/**
 * The path as it was sent. Hono's is decoded, and a firewall's rule about a path may not be: /%63b
 * would go past a rule about /cb.
 */
function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const end = url.indexOf("?", start);
  return end === -1 ? url.slice(start) : url.slice(start, end);
}

/** Sign covers no parameter: what does not look like a command could be anything, too. */
function loggable(command: string | undefined): string | undefined {
  return command === undefined || /^\w{1,32}\.\w{1,64}$/.test(command) ? command : "other";
}

/** Captures show a UUID. */
function requestIdOf(parameters: CallbackParameters): string | undefined {
  const id = single(parameters.RequestId);
  return id !== undefined && /^[\da-f-]{1,64}$/i.test(id) ? id : undefined;
}
