import type { PairsBody } from "../tencent/commands.ts";
import type { Reply } from "../tencent/reply.ts";
import type { Call } from "./call.ts";
import { idsOf, keepChange, orderKeyFor } from "./keep.ts";

/** Keeps friends that were deleted, in our words. */
export function handleFriendDelete(body: PairsBody, call: Call): Promise<Reply> {
  const event = {
    v: 2,
    type: "friends-deleted",
    orderKey: orderKeyFor(body.EventTime, call),
    source: null,
    adminId: null,
    forced: false,
    pairs: body.PairList.pairs.map((pair): [string, string, null] => [...idsOf(pair), null]),
  } as const;
  return keepChange("friends", event, body, call);
}
