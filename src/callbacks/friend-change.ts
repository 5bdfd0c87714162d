import { EVENT_VERSION, type FriendsChanged } from "../friends/event.ts";
import { orderKeyAt } from "../friends/order-key.ts";
import { enqueue } from "../friends/queue.ts";
import { applyEvents } from "../friends/table.ts";
import { errorName, type Log } from "../log.ts";
import { type Reply, refused, succeeded } from "../tencent/reply.ts";
import type { FriendAddBody, FriendDeleteBody } from "../tencent/request.ts";
import { within } from "../within.ts";

export type FriendChangeDeps = {
  queue: Queue;
  db: D1Database;
  /** The order key of what arrives now. */
  nextOrderKey: () => number;
  /** The latest EventTime that is believed, in milliseconds since the epoch. */
  latestEventTimeMs: number;
  sendTimeoutMs: number;
  applyTimeoutMs: number;
  log: Log;
};

/**
 * Makes a change of friendships safe before it is answered: on the queue, or, where the queue does
 * not take it, in the table. Tencent does not send it again, so OK means that it cannot be lost.
 */
export async function keepFriendChange(
  body: FriendAddBody | FriendDeleteBody,
  deps: FriendChangeDeps,
): Promise<Reply> {
  const event = eventOf(body, deps);
  const change = { type: event.type, pairs: event.pairs.length };
  if (event.pairs.length === 0) {
    deps.log("accepted", change);
    return succeeded();
  }

  const sent = await within(deps.sendTimeoutMs, () => enqueue(deps.queue, event));
  if (sent.ok) {
    deps.log("enqueued", { ...change, messages: sent.value });
    return succeeded();
  }
  const queue = sent.reason === "error" ? errorName(sent.error) : sent.reason;

  const applied = await within(deps.applyTimeoutMs, () => applyEvents(deps.db, [event]));
  if (applied.ok) {
    deps.log("applied", { ...change, queue, rowsWritten: applied.value });
    return succeeded();
  }
  const table = applied.reason === "error" ? errorName(applied.error) : applied.reason;
  deps.log("failed", { reason: "not-stored", ...change, queue, table });
  return refused("not-stored", body.CallbackCommand).reply;
}

/** Tencent's words become ours. */
function eventOf(body: FriendAddBody | FriendDeleteBody, deps: FriendChangeDeps): FriendsChanged {
  const version = versionOf(body.EventTime, deps);
  switch (body.CallbackCommand) {
    case "Sns.CallbackFriendAdd":
      return {
        v: EVENT_VERSION,
        type: "friends-added",
        version,
        source: sourceOf(body.ClientCmd),
        adminId: body.Admin_Account || null,
        forced: body.ForceFlag === 1,
        pairs: body.PairList.map((pair) => [
          pair.From_Account,
          pair.To_Account,
          pair.Initiator_Account || null,
        ]),
      };
    case "Sns.CallbackFriendDelete":
      return {
        v: EVENT_VERSION,
        type: "friends-deleted",
        version,
        source: null,
        adminId: null,
        forced: false,
        pairs: body.PairList.map((pair) => [pair.From_Account, pair.To_Account, null]),
      };
  }
}

/**
 * EventTime says when it happened, and arrival is the next best. One from the future would shut
 * out every change until then, so it is not believed.
 */
function versionOf(eventTime: number | undefined, deps: FriendChangeDeps): number {
  return eventTime !== undefined && eventTime <= deps.latestEventTimeMs
    ? orderKeyAt(eventTime)
    : deps.nextOrderKey();
}

/** The pages spell one command in two ways. What is no plain word is none that we know. */
function sourceOf(clientCmd: string | null | undefined): string | null {
  switch (clientCmd) {
    case undefined:
    case null:
    case "":
      return null;
    case "FriendAdd":
      return "friend_add";
    case "FriendResponse":
      return "friend_response";
    default:
      return /^\w+$/.test(clientCmd) ? clientCmd : null;
  }
}
