import type { Decision } from "../blocklist/decide.ts";
import type { FriendResponse } from "../blocklist/key.ts";
import type { RecordMode } from "../config.ts";
import { RECORD_AT_ONCE_MAX_ITEMS, RECORD_TIMEOUT_MS, RECORDED_TEXT_MAX_CHARS } from "../limits.ts";
import { errorName, type Log } from "../log.ts";
import { tryWithTimeout } from "../timeout.ts";
import type { ResponsesDecided } from "./kinds.ts";
import { sendEvent } from "./send.ts";

/** The friend responses of one callback, as they were decided. */
export type Decided = {
  /** EventTime, in milliseconds since the epoch. */
  eventTime: number | undefined;
  /** How long the decision took. */
  latencyMs: number;
  /** In the order of the callback. */
  items: readonly { response: FriendResponse; decision: Decision; code: number }[];
};

export type RecordDeps = {
  queue: Queue;
  mode: RecordMode;
  /** Milliseconds since the epoch. */
  nowMs: number;
  requestId: string | undefined;
  log: Log;
};

/**
 * Puts what was decided on the queue, to be recorded. The reply has gone by then and must not
 * learn of it: this neither throws nor takes longer than it may.
 */
export async function record(decided: Decided, deps: RecordDeps): Promise<void> {
  if (deps.mode === "none") return;
  // The reply goes first: what follows takes its time for thousands of items.
  if (decided.items.length > RECORD_AT_ONCE_MAX_ITEMS) await scheduler.wait(0);
  const sent = await tryWithTimeout(RECORD_TIMEOUT_MS, async () => {
    const event = eventOf(decided, deps);
    return event === undefined ? 0 : sendEvent(deps.queue, event);
  });
  if (sent.ok) return;
  const error = sent.reason === "error" ? errorName(sent.error) : sent.reason;
  deps.log("failed", { reason: "not-recorded", items: decided.items.length, queue: error });
}

function eventOf(
  { eventTime, items }: Decided,
  { mode, nowMs, requestId }: RecordDeps,
): ResponsesDecided | undefined {
  const responses = items.flatMap(({ response, decision, code }, place) => {
    const { decidedBy, observed } = decision;
    if (mode === "blocked" && code === 0 && observed === undefined) return [];
    const row: ResponsesDecided["responses"][number] = [
      place,
      recordable(response.applicantId),
      response.action,
      code,
      decidedBy?.kind ?? null,
      decidedBy?.key ?? null,
      observed?.key ?? null,
    ];
    return [row];
  });
  const [first] = items;
  if (first === undefined || responses.length === 0) return undefined;
  // All items of a callback have one responder, on one platform.
  const { responderId, requesterId, clientIp, platform } = first.response;
  return {
    v: 1,
    type: "responses-decided",
    callId: crypto.randomUUID(),
    at: nowMs,
    eventTime: eventTime ?? null,
    responderId: recordable(responderId),
    requesterId: recordableOrNone(requesterId),
    clientIp: recordableOrNone(clientIp),
    platform: recordableOrNone(platform),
    requestId: recordableOrNone(requestId),
    responses,
  };
}

/** Accounts of a before-callback are any text; what D1 would not give back as it came is replaced. */
function recordable(text: string): string {
  return text.slice(0, RECORDED_TEXT_MAX_CHARS).toWellFormed().replaceAll("\0", "\ufffd");
}

function recordableOrNone(text: string | undefined): string | null {
  return text === undefined ? null : recordable(text);
}
