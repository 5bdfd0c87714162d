import { jsonByteLength } from "../events/chunks.ts";
import type { Events } from "../events/kinds.ts";
import { createOrderKeys, toOrderKey } from "../events/order-key.ts";
import { sendEvents } from "../events/send.ts";
import {
  APPLY_TIMEOUT_MS,
  EVENT_TIME_AHEAD_MAX_MS,
  SEND_TIMEOUT_MS,
  UNSTORABLE_MAX_BYTES,
  UNSTORABLE_MAX_DEPTH,
  UNSTORABLE_MAX_PAIRS,
} from "../limits.ts";
import { failureName } from "../log.ts";
import type { PairsBody } from "../tencent/commands.ts";
import { type Reply, replyOk } from "../tencent/reply.ts";
import { tryWithTimeout } from "../timeout.ts";
import type { PairKind } from "./apply.ts";
import type { Call } from "./call.ts";

const DAY_MS = 24 * 3_600 * 1_000;
const nextOrderKey = createOrderKeys();

/**
 * Makes a change safe before it is answered. It goes on the queue. If the queue does not take it, it goes
 * into the tables. Tencent does not send it again, so OK means that it cannot be lost.
 *
 * @param body the callback. Its pairs that no table takes go along as they came, in a message that the
 *   consumer finds malformed. So they become a dead letter
 */
export async function keepChange<K extends PairKind>(
  kind: K,
  event: Events[K],
  { CallbackCommand: command, PairList: { unstorable } }: PairsBody,
  { queue, databases, log, nowMs }: Pick<Call, "queue" | "databases" | "log" | "nowMs">,
): Promise<Reply> {
  const { type, pairs } = event;
  const change = { type, pairs: pairs.length };
  const odd = oddEventOf(event, unstorable);
  const lost = unstorable.length - odd.pairs.length;
  if (lost > 0) log("failed", { reason: "not-kept", type, pairs: lost });
  const reply = lost > 0 ? await notStored(command) : replyOk();
  if (pairs.length + odd.pairs.length === 0) {
    if (lost === 0) log("accepted", change);
    return reply;
  }

  const all = { ...change, ...(odd.pairs.length > 0 && { unstorable: odd.pairs.length }) };
  const events = [event, odd].filter((each) => each.pairs.length > 0);
  const sent = await tryWithTimeout(SEND_TIMEOUT_MS, () => sendEvents(queue, events));
  if (sent.ok) {
    log("enqueued", { ...all, messages: sent.value });
    return reply;
  }
  const applied = await tryWithTimeout(APPLY_TIMEOUT_MS, async () => {
    const { apply } = await import("./apply.ts");
    return apply(kind, await databases(), event, odd, nowMs);
  });
  if (applied.ok) {
    log("applied", { ...all, queue: failureName(sent), rowsWritten: applied.value });
    return reply;
  }
  const failures = { queue: failureName(sent), table: failureName(applied) };
  log("failed", { reason: "not-stored", ...all, ...failures });
  return notStored(command);
}

async function notStored(command: string): Promise<Reply> {
  const { replyRefusal } = await import("../tencent/refusal.ts");
  return replyRefusal("not-stored", command).reply;
}

/** The pairs as they came, as many as one message holds. */
function oddEventOf<E extends Events[PairKind]>(event: E, unstorable: readonly unknown[]): E {
  const kept: unknown[] = [];
  let bytes = 0;
  for (const item of unstorable) {
    // A list could be read as a pair of ours, and would be stored.
    const pair = Array.isArray(item) ? { list: item } : item;
    if (kept.length === UNSTORABLE_MAX_PAIRS) break;
    if (!isNestedWithin(UNSTORABLE_MAX_DEPTH, pair)) continue;
    const size = jsonByteLength(pair);
    if (bytes + size > UNSTORABLE_MAX_BYTES) continue;
    bytes += size;
    kept.push(pair);
  }
  // They are no pairs of ours: the consumer finds the message malformed, and keeps it.
  return { ...event, pairs: kept };
}

/** A value that is nested too deep for the stack would throw when it becomes JSON again. */
function isNestedWithin(levels: number, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 && Object.values(value).every((each) => isNestedWithin(levels - 1, each));
}

/** The users of a pair of Tencent's, in our words. */
export function idsOf(pair: PairsBody["PairList"]["pairs"][number]): [string, string] {
  return [pair.From_Account, pair.To_Account];
}

/**
 * EventTime says when it happened. The arrival is the next best. EventTime is believed within bounds. A
 * time in the future would shut out every change until then. A time that is older than the tombstones
 * could bring back what was deleted since. Seconds in place of milliseconds are older still.
 */
export function orderKeyFor(
  eventTime: number | undefined,
  { nowMs, config }: Pick<Call, "nowMs" | "config">,
): number {
  return eventTime !== undefined &&
    eventTime <= nowMs + EVENT_TIME_AHEAD_MAX_MS &&
    eventTime >= nowMs - config.tombstoneDays * DAY_MS
    ? toOrderKey(eventTime)
    : nextOrderKey(nowMs);
}
