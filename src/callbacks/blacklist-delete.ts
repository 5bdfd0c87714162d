import type { PairsBody } from "../tencent/commands.ts";
import type { Reply } from "../tencent/reply.ts";
import type { Call } from "./call.ts";
import { idsOf, keepChange, orderKeyFor } from "./keep.ts";

/** Keeps users who were taken out of a blacklist, in our words. */
export function handleBlacklistDelete(body: PairsBody, call: Call): Promise<Reply> {
  const event = {
    v: 1,
    type: "blacklist-deleted",
    orderKey: orderKeyFor(body.EventTime, call),
    pairs: body.PairList.pairs.map(idsOf),
  } as const;
  return keepChange("blacklist", event, body, call);
}
