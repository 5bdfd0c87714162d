import { LOOP_HEADER } from "../backend/headers.ts";
import type { ConfigResult } from "../config.ts";
import { pathOf } from "../http/path.ts";
import { errorName, type Log, log } from "../log.ts";
import { isDecided, isHandled } from "../tencent/commands.ts";
import { type Refusal, replyRefusal } from "../tencent/refusal.ts";
import type { CallbackParameters } from "../tencent/url.ts";

export type Refused = { ok: false; reason: Refusal; detail?: string };

/** Refuses requests that nothing answers: another path, or the callback's path with another method. */
export function refuseOther(request: Request, configured: ConfigResult): Response {
  if (!configured.ok) return refuseAll(request, configured.problems);
  if (pathOf(request.url) !== configured.config.callbackPath) return refuse(request, "path");
  const response = refuse(request, "method");
  response.headers.set("Allow", "POST");
  return response;
}

/** Refuses everything, because it is not known whom to trust. */
function refuseAll(request: Request, problems: readonly string[]): Response {
  log("failed", { reason: "misconfigured", problems: problems.join("; ") });
  const { reply } = replyRefusal("misconfigured", commandIn(request));
  return Response.json(reply, { status: 500 });
}

/** Refuses a request if it is not known that Tencent made it. */
export function refuse(request: Request, reason: Refusal): Response {
  const { status, reply } = replyRefusal(reason, commandIn(request));
  log("refused", { reason, status });
  return Response.json(reply, { status });
}

/** A bug, before it was known whether Tencent made the request. */
export function refuseBug(request: Request, error: unknown): Response {
  log("failed", { reason: "crashed", error: errorName(error) });
  return Response.json(replyRefusal("crashed", commandIn(request)).reply, { status: 500 });
}

/** The first command that the URL names. The shape of the answer depends on it. */
function commandIn({ url }: Request): string | undefined {
  return new URL(url).searchParams.get("CallbackCommand") ?? undefined;
}

/**
 * Refuses a callback of Tencent's as a whole. It is a failure if a change is lost by it, or if an action
 * passes by it.
 */
export function refuseCallback(
  { CallbackCommand }: CallbackParameters,
  { reason, detail }: Refused,
  ownLog: Log,
): Response {
  // A callback that repeats the command is refused, too.
  const commands = [CallbackCommand].flat();
  const { status, reply } = replyRefusal(reason, commands[0], detail);
  if (commands.some(isHandled)) {
    ownLog("failed", { reason: failureOf(commands), why: reason, detail });
  } else {
    ownLog("refused", { reason, status, detail });
  }
  return Response.json(reply, { status });
}

function failureOf(commands: readonly (string | undefined)[]): string {
  const asked = commands.find(isDecided);
  if (asked === undefined) return "change-refused";
  return asked === "Sns.CallbackPrevFriendAdd" ? "request-refused" : "response-refused";
}

/** Refuses a callback that friendgate has passed on to itself, and tells the sender so. */
export function refuseLoop(command: string | undefined, ownLog: Log): Response {
  const { status, reply } = replyRefusal("backend-loop", command);
  ownLog("failed", { reason: "backend-loop" });
  return Response.json(reply, { status, headers: { [LOOP_HEADER]: "1" } });
}

/** A bug in the handling of a request that Tencent made. */
export function refuseCrash(command: string | undefined, error: unknown, ownLog: Log): Response {
  ownLog("failed", { reason: "crashed", error: errorName(error) });
  return Response.json(replyRefusal("crashed", command).reply);
}
