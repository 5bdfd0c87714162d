import type { FriendDeleteBody } from "../tencent/commands.ts";
import type { Reply } from "../tencent/reply.ts";
import type { Call } from "./call.ts";
import { keepChange, orderKeyFor } from "./keep.ts";

/** Keeps friends that were deleted, in our words. */
export function handleFriendDelete(body: FriendDeleteBody, call: Call): Promise<Reply> {
  return keepChange(body.CallbackCommand, call, {
    v: 2,
    type: "friends-deleted",
    orderKey: orderKeyFor(body.EventTime, call),
    source: null,
    adminId: null,
    forced: false,
    pairs: body.PairList.map((pair) => [pair.From_Account, pair.To_Account, null]),
  });
}
