import type { PairsBody } from "../tencent/commands.ts";
import type { Reply } from "../tencent/reply.ts";
import type { Call } from "./call.ts";
import { idsOf, keepChange, orderKeyFor } from "./keep.ts";

/** Keeps users who were put into a blacklist, in our words. */
export function handleBlacklistAdd(body: PairsBody, call: Call): Promise<Reply> {
  const event = {
    v: 1,
    type: "blacklist-added",
    orderKey: orderKeyFor(body.EventTime, call),
    pairs: body.PairList.pairs.map(idsOf),
  } as const;
  return keepChange("blacklist", event, body, call);
}
