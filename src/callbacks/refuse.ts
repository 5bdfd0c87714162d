import type { Context } from "hono";
import type { BackendBinding } from "../backend/backend.ts";
import { LOOP_HEADER } from "../backend/headers.ts";
import type { RateBinding } from "../blocklist/rate.ts";
import { errorName, type Log, log } from "../log.ts";
import type { MetricsBinding } from "../metrics.ts";
import { isDecided, isHandled } from "../tencent/commands.ts";
import { type Refusal, replyRefusal } from "../tencent/refusal.ts";
import type { CallbackParameters } from "../tencent/url.ts";

export type CallbackEnv = {
  Bindings: Env & MetricsBinding & BackendBinding & RateBinding;
};
export type CallbackContext = Context<CallbackEnv>;

export type Refused = { ok: false; reason: Refusal; detail?: string };

/** Refuses everything, for nothing is known of whom to trust. */
export function refuseAll(c: CallbackContext, problems: readonly string[]): Response {
  log("failed", { reason: "misconfigured", problems: problems.join("; ") });
  return c.json(replyRefusal("misconfigured", c.req.query("CallbackCommand")).reply, 500);
}

/** Refuses a request of which it is not known that Tencent made it. */
export function refuse(c: CallbackContext, reason: Refusal): Response {
  const { status, reply } = replyRefusal(reason, c.req.query("CallbackCommand"));
  log("refused", { reason, status });
  return c.json(reply, status);
}

/**
 * Refuses a callback of Tencent's as a whole. A change that is lost by it is a failure, and so is an
 * action that passes by it.
 */
export function refuseCallback(
  c: CallbackContext,
  { CallbackCommand }: CallbackParameters,
  { reason, detail }: Refused,
  ownLog: Log,
): Response {
  // A repeated command is among what is refused.
  const commands = [CallbackCommand].flat();
  const { status, reply } = replyRefusal(reason, commands[0], detail);
  if (commands.some(isHandled)) {
    ownLog("failed", { reason: failureOf(commands), why: reason, detail });
  } else {
    ownLog("refused", { reason, status, detail });
  }
  return c.json(reply, status);
}

function failureOf(commands: readonly (string | undefined)[]): string {
  const asked = commands.find(isDecided);
  if (asked === undefined) return "change-refused";
  return asked === "Sns.CallbackPrevFriendAdd" ? "request-refused" : "response-refused";
}

/** Refuses what friendgate has passed on to itself, and tells the one that did. */
export function refuseLoop(c: CallbackContext, command: string | undefined, ownLog: Log): Response {
  const { status, reply } = replyRefusal("backend-loop", command);
  ownLog("failed", { reason: "backend-loop" });
  c.header(LOOP_HEADER, "1");
  return c.json(reply, status);
}

/** A bug, in the handling of what Tencent made. */
export function refuseCrash(
  c: CallbackContext,
  command: string | undefined,
  error: unknown,
  ownLog: Log,
): Response {
  ownLog("failed", { reason: "crashed", error: errorName(error) });
  return c.json(replyRefusal("crashed", command).reply);
}
