import { STORES } from "../db/kinds.ts";
import type { FriendsChanged } from "../events/kinds.ts";
import { createOrderKeys, toOrderKey } from "../events/order-key.ts";
import { sendEvent } from "../events/send.ts";
import { APPLY_TIMEOUT_MS, EVENT_TIME_AHEAD_MAX_MS, SEND_TIMEOUT_MS } from "../limits.ts";
import { errorName } from "../log.ts";
import { type Reply, replyOk, replyRefusal } from "../tencent/reply.ts";
import { type Outcome, tryWithTimeout } from "../timeout.ts";
import type { Call } from "./call.ts";

const nextOrderKey = createOrderKeys();

/**
 * Makes a change safe before it is answered: on the queue, or, where the queue does not take it, in
 * the table. Tencent does not send it again, so OK means that it cannot be lost.
 */
export async function keepChange(
  command: string,
  { queue, db, log }: Pick<Call, "queue" | "db" | "log">,
  event: FriendsChanged,
): Promise<Reply> {
  const change = { type: event.type, pairs: event.pairs.length };
  if (event.pairs.length === 0) {
    log("accepted", change);
    return replyOk();
  }

  const sent = await tryWithTimeout(SEND_TIMEOUT_MS, () => sendEvent(queue, event));
  if (sent.ok) {
    log("enqueued", { ...change, messages: sent.value });
    return replyOk();
  }

  const applied = await tryWithTimeout(APPLY_TIMEOUT_MS, () => STORES.friends.apply(db, [event]));
  if (applied.ok) {
    log("applied", { ...change, queue: failureName(sent), rowsWritten: applied.value });
    return replyOk();
  }
  log("failed", {
    reason: "not-stored",
    ...change,
    queue: failureName(sent),
    table: failureName(applied),
  });
  return replyRefusal("not-stored", command).reply;
}

function failureName(failure: Outcome<never> & { ok: false }): string {
  return failure.reason === "error" ? errorName(failure.error) : failure.reason;
}

/**
 * EventTime says when it happened, and arrival is the next best. One from the future would shut
 * out every change until then, so it is not believed.
 */
export function orderKeyFor(eventTime: number | undefined, { nowMs }: Pick<Call, "nowMs">): number {
  return eventTime !== undefined && eventTime <= nowMs + EVENT_TIME_AHEAD_MAX_MS
    ? toOrderKey(eventTime)
    : nextOrderKey(nowMs);
}
