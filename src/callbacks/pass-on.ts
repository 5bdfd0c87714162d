import { backendOf, isForBackend, isOwnAddress } from "../backend/backend.ts";
import { type Forwarded, forward, isTaken, relayed } from "../backend/forward.ts";
import type { Config } from "../config.ts";
import { createCounter } from "../counts.ts";
import type { Outcome } from "../db/counts.ts";
import { parseJson } from "../http/body.ts";
import { COUNT_WINDOW_MS } from "../limits.ts";
import { measurePassing } from "../metrics.ts";
import { familyOf, isBefore, isHandled, loggable } from "../tencent/commands.ts";
import { replyRefusal } from "../tencent/refusal.ts";
import { refusalsIn } from "../tencent/refusals.ts";
import { replyOk, type Verdict } from "../tencent/reply.ts";
import type { CallbackParameters } from "../tencent/url.ts";
import type { Call, CallbackEnv, Passing } from "./call.ts";
import { type Kept, keepCallback, TOO_LARGE } from "./keep-callback.ts";

const count = createCounter(COUNT_WINDOW_MS);

/** What goes to the backend, if this callback goes there. Nothing in it has been looked into. */
export function passingOf(
  { url, headers }: Request,
  env: CallbackEnv,
  config: Config,
  { CallbackCommand, RequestTime: requestTime }: CallbackParameters,
  { body, token }: Pick<Passing, "body" | "token">,
): Passing | undefined {
  const backend = backendOf(config.backend, env);
  if (backend === undefined || CallbackCommand === undefined) return undefined;
  const commands = [CallbackCommand].flat();
  // A repeated command that could be ours is refused: it is not known which one was meant.
  if (commands.length > 1 && commands.some(isHandled)) return undefined;
  const command = commands.find(isBefore) ?? commands[0];
  if (!isForBackend(backend, command, isHandled(command))) return undefined;
  const query = url.slice(url.indexOf("?") + 1);
  const contentType = headers.get("Content-Type");
  return { backend, command, url, query, contentType, body, requestTime, token };
}

/**
 * Passes on a callback that friendgate does not handle, and answers. Before an action the backend's answer
 * is the answer. After an action, a callback that has no success is kept, and delivered later.
 */
export async function passOn(passing: Passing, call: Call): Promise<Response> {
  const { backend, command } = passing;
  const tried = await tryBackend(passing, call);
  if (tried.ok && (isBefore(command) || isTaken(tried.answer))) {
    call.log("passed-on", { status: tried.answer.status, ms: tried.ms });
    return relayed(tried.answer);
  }
  if (isBefore(command)) {
    logFailure(tried, call, { answered: backend.onError });
    if (backend.onError === "allow") return Response.json(replyOk());
    const { reply, status } = replyRefusal("backend-failed", command);
    return Response.json(reply, { status });
  }
  const why = tried.ok ? "status" : tried.reason;
  if (why === "loop") logFailure(tried, call);
  const status = tried.ok ? tried.answer.status : undefined;
  const kept = await keepCallback(passing, 1, call);
  return answerKept(kept, passing, call, { why, status, ms: tried.ms });
}

/**
 * Keeps, for the backend, a copy of a callback that friendgate handles itself. So the answer does not wait
 * for a slow backend. Only a callback that no message holds is tried at once.
 *
 * @returns undefined if it is kept or taken; else the answer that says that it is not
 */
export async function keepCopy(passing: Passing, call: Call): Promise<Response | undefined> {
  const kept = await keepCallback(passing, 0, call);
  const isTooLarge = !kept.ok && kept.why === TOO_LARGE;
  const response = isTooLarge
    ? await passOn(passing, call)
    : answerKept(kept, passing, call, { why: "copy" });
  if (response.ok) return undefined;
  // If the backend was tried, the try has counted it.
  if (!isTooLarge) countPassing(passing, call, "failed", 0);
  return response;
}

/** What the backend refuses of a friend request or response, by account. Undefined if it does not answer. */
export async function askBackend(
  passing: Passing,
  call: Call,
): Promise<ReadonlyMap<string, Verdict> | undefined> {
  const tried = await tryBackend(passing, call);
  const refusals =
    tried.ok && isTaken(tried.answer) ? refusalsIn(parseJson(tried.answer.body)) : undefined;
  if (refusals === undefined) logFailure(tried, call, { answered: "own" });
  return refusals;
}

type Tried = Forwarded & { ms: number };

async function tryBackend(passing: Passing, call: Call): Promise<Tried> {
  const { backend, command, url, requestTime } = passing;
  const timeoutMs = call.nowMs + backend.timeoutMs - Date.now();
  const startedMs = performance.now();
  const tried: Forwarded =
    backend.isAddress && isOwnAddress(backend.url, url)
      ? { ok: false, reason: "loop" }
      : timeoutMs <= 0
        ? { ok: false, reason: "late" }
        : await forward(passing, backend, { attempt: 1, requestTime, timeoutMs });
  const ms = Math.round(performance.now() - startedMs);
  // For Tencent, too, a before-callback with a 5xx has failed.
  const isPassed =
    tried.ok && (isBefore(command) ? tried.answer.status < 500 : isTaken(tried.answer));
  const failure = !tried.ok && tried.reason === "late" ? "late" : "failed";
  countPassing(passing, call, isPassed ? "passed-on" : failure, ms);
  return { ...tried, ms };
}

/** Answers OK if it is kept, and never if it is not. */
function answerKept(
  kept: Kept,
  passing: Passing,
  call: Call,
  about: { why: string; status?: number | undefined; ms?: number },
): Response {
  if (kept.ok) {
    countPassing(passing, call, "kept", about.ms ?? 0);
    call.log("kept", { ...about, bytes: kept.bytes });
    return Response.json(replyOk());
  }
  call.log("failed", { reason: "not-passed-on", ...about, queue: kept.why });
  const { reply, status } = replyRefusal("not-passed-on", passing.command);
  return Response.json(reply, { status });
}

function logFailure(tried: Tried, call: Call, about: { answered?: string } = {}): void {
  call.log("failed", {
    reason: `backend-${tried.ok ? "answer" : tried.reason}`,
    ...(tried.ok ? { status: tried.answer.status } : { error: tried.error }),
    ms: tried.ms,
    ...about,
  });
}

function countPassing(
  { command }: Passing,
  { db, metrics, nowMs, waitUntil }: Call,
  outcome: Outcome,
  ms: number,
): void {
  waitUntil(count({ family: familyOf(command), outcome }, { db, nowMs }));
  const point = { command: loggable(command) ?? "", outcome, ms, count: 1 };
  if (metrics) waitUntil(measurePassing(metrics, point));
}
