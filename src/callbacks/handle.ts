import { arrivals } from "../arrivals.ts";
import { ATTEMPT_HEADER } from "../backend/headers.ts";
import { type Config, readConfig } from "../config.ts";
import { decodeText, parseJson, readAtOnce, readBytes } from "../http/body.ts";
import { pathOf } from "../http/path.ts";
import { BODY_MAX_BYTES, RECORDED_TEXT_MAX_CHARS } from "../limits.ts";
import { logWith } from "../log.ts";
import {
  anyBody,
  type Bodies,
  COMMANDS,
  type Command,
  isBefore,
  isBlankBody,
  isDecided,
  isHandled,
  loggable,
} from "../tencent/commands.ts";
import { type Reply, replyOk } from "../tencent/reply.ts";
import {
  type CallbackParameters,
  callbackParameters,
  checkAuthenticity,
  repeatedParameter,
  single,
} from "../tencent/url.ts";
import { handleBlacklistAdd } from "./blacklist-add.ts";
import { handleBlacklistDelete } from "./blacklist-delete.ts";
import type { Call, CallbackEnv, Handler, Passing } from "./call.ts";
import { handleFriendRequest, handleFriendResponse } from "./decide-items.ts";
import { handleFriendAdd } from "./friend-add.ts";
import { handleFriendDelete } from "./friend-delete.ts";
import type { Refused } from "./refuse.ts";

/** Few requests are refused, so it is loaded only for these. */
const refusing = () => import("./refuse.ts");
/** If no callback goes to a backend, it is never loaded. */
const passingOn = () => import("./pass-on.ts");

/** Who answers each command. A command without a handler does not compile. */
const HANDLERS: { readonly [C in Command]: Handler<Bodies[C]> } = {
  "Sns.CallbackPrevFriendAdd": handleFriendRequest,
  "Sns.CallbackPrevFriendResponse": handleFriendResponse,
  "Sns.CallbackFriendAdd": handleFriendAdd,
  "Sns.CallbackFriendDelete": handleFriendDelete,
  "Sns.CallbackBlackListAdd": handleBlacklistAdd,
  "Sns.CallbackBlackListDelete": handleBlacklistDelete,
};

/**
 * Answers requests to the callback's path. This path is part of the configuration, so it is no route of
 * hono's. Undefined for every other request.
 */
export function answerCallback(
  request: Request,
  env: CallbackEnv,
  ctx: ExecutionContext,
): Promise<Response> | undefined {
  const config = configOf(env);
  const { method, url } = request;
  if (method !== "POST" || pathOf(url) !== config?.callbackPath) return undefined;
  return answer({ request, url, env, ctx, config }).catch(async (error) =>
    (await refusing()).refuseBug(request, error),
  );
}

/** Undefined if it is wrong: app.ts refuses everything then. An error here is thrown there again. */
function configOf(env: CallbackEnv): Config | undefined {
  try {
    const configured = readConfig(env);
    return configured.ok ? configured.config : undefined;
  } catch {
    return undefined;
  }
}

/** A request to the callback's path. Its URL is read once: the runtime makes it anew each time. */
type Sent = {
  request: Request;
  url: string;
  env: CallbackEnv;
  ctx: ExecutionContext;
  config: Config;
};

/** Answers a callback: authenticate, read, pass on or dispatch, reply. */
async function answer({ request, url, env, ctx, config }: Sent): Promise<Response> {
  const query = callbackParameters.safeParse(url);
  // It fails only where authenticity cannot be established.
  if (!query.success) {
    const [issue] = query.error.issues;
    const reason = issue?.path[0] === "SdkAppid" ? "app-wrong" : "sign-wrong";
    return (await refusing()).refuse(request, reason);
  }
  const parameters = query.data;
  const nowMs = Date.now();
  const authenticated = await authenticate(parameters, config, nowMs);
  if (!authenticated.ok) {
    const isOurApp = parameters.SdkAppid === config.appId;
    if (authenticated.reason === "sign-wrong" && isOurApp) arrivals.wrongSign(nowMs);
    return (await refusing()).refuse(request, authenticated.reason);
  }
  const noted = config.alertOnSilence && arrivals.authentic(nowMs, env.DB);
  if (noted) ctx.waitUntil(noted);

  // Tencent made the request. From here on the log names the command. The answer has status 200 unless the
  // backend has another one.
  const command = single(parameters.CallbackCommand);
  const requestId = requestIdOf(parameters);
  const log = logWith({ command: loggable(command), token: authenticated.token, requestId });
  try {
    if (request.headers.has(ATTEMPT_HEADER)) {
      return (await refusing()).refuseLoop(command, log);
    }
    const body = await readBody(request);
    if (!body.ok) return (await refusing()).refuseCallback(parameters, body, log);
    const call: Call = {
      config,
      blocklist: env.BLOCKLIST,
      queue: env.FRIEND_EVENTS,
      callbackQueue: env.BACKEND_CALLBACKS,
      db: env.DB,
      databases: async () => (await import("../db/databases.ts")).databasesOf(env, config.shards),
      metrics: env.METRICS,
      requestRate: env.REQUEST_RATE,
      nowMs,
      platform: single(parameters.OptPlatform)?.slice(0, RECORDED_TEXT_MAX_CHARS),
      clientIp: single(parameters.ClientIP),
      requestId,
      log,
      waitUntil: (promise) => ctx.waitUntil(promise),
    };
    const { bytes } = body;
    const { token } = authenticated;
    const passing =
      config.backend &&
      (await passingOn()).passingOf(request, env, config, parameters, { body: bytes, token });
    if (passing && !isHandled(passing.command))
      return await (await passingOn()).passOn(passing, call);
    if (passing && isBefore(command)) {
      call.askBackend = async () => (await passingOn()).askBackend(passing, call);
    }
    const copying =
      passing && !isBefore(command)
        ? passingOn().then(({ keepCopy }) => keepCopy(passing, call))
        : undefined;
    const answer = await dispatch(command, readJson(request, parameters, bytes), call);
    const lostCopy = copying && (await copying);
    if (!answer.ok) return (await refusing()).refuseCallback(parameters, answer, log);
    return lostCopy ?? Response.json(answer.reply);
  } catch (error) {
    return (await refusing()).refuseCrash(command, error, log);
  }
}

/** Checks Sign, then the app. Until both are right, nothing of the request is read, stored or logged. */
async function authenticate(
  { Sign: sign, RequestTime: requestTime, SdkAppid: appId, CallbackCommand }: CallbackParameters,
  config: Config,
  nowMs: number,
): Promise<{ ok: true; token: Passing["token"] } | Refused> {
  let token: Passing["token"] = "none";
  if (config.tokens !== undefined && !(config.allowUnsigned && sign === undefined)) {
    const authenticity = await checkAuthenticity({ sign, requestTime }, config.tokens, nowMs);
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

function readBody(request: Request): Refused | Promise<{ ok: true; bytes: Uint8Array } | Refused> {
  const declared = Number(request.headers.get("Content-Length") ?? Number.NaN);
  // A body that says it is too large is not read.
  if (declared > BODY_MAX_BYTES) return { ok: false, reason: "too-large" };
  // Cloudflare gives this header to what came by HTTP, and HTTP ends a body at its Content-Length. Another
  // Worker can bind this one, and say a wrong length. The reading finds that out.
  if (declared > 0 && request.headers.has("CF-Ray")) return readAtOnce(request, BODY_MAX_BYTES);
  return readBytes(request.body, BODY_MAX_BYTES, declared);
}

/** The body as JSON. Undefined for the console's URL check, which has no body. */
function readJson(
  request: Request,
  parameters: CallbackParameters,
  bytes: Uint8Array,
): { ok: true; json: unknown } | Refused {
  // For some commands a refusal would let everything pass. For these, a parameter that says nothing of the
  // body is not checked.
  const isAsked = isDecided(single(parameters.CallbackCommand));
  const repeated = isAsked ? undefined : repeatedParameter(parameters);
  if (repeated !== undefined) return { ok: false, reason: "parameter-repeated", detail: repeated };
  if (parameters.CallbackCommand === undefined) {
    if (isBlankBody(decodeText(bytes))) return { ok: true, json: undefined };
    const reason = parameters.SdkAppid === undefined ? "app-missing" : "command-missing";
    return { ok: false, reason };
  }
  // This checks the parameter, not the header: the protocol promises no Content-Type.
  if (!isAsked && single(parameters.contenttype)?.toLowerCase() !== "json") {
    return { ok: false, reason: "content-type" };
  }
  const json = parseJson(bytes);
  if (json !== undefined) return { ok: true, json };
  const isEncoded = (request.headers.get("Content-Encoding") ?? "identity") !== "identity";
  return isEncoded
    ? { ok: false, reason: "content-encoding" }
    : { ok: false, reason: "malformed", detail: "not JSON" };
}

type Answer = { ok: true; reply: Reply } | Refused;

function dispatch(
  command: string | undefined,
  body: ReturnType<typeof readJson>,
  call: Call,
): Answer | Promise<Answer> {
  if (!body.ok) return body;
  const { json } = body;
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
  // It says where the body is wrong, and never what stands there.
  const detail = path.length === 0 ? "not an object" : path.join(".");
  return { ok: false, reason: "malformed", detail };
}

/** Captures show a UUID. */
function requestIdOf(parameters: CallbackParameters): string | undefined {
  const id = single(parameters.RequestId);
  return id !== undefined && /^[\da-f-]{1,64}$/i.test(id) ? id : undefined;
}
