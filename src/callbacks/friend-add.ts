import type { FriendAddBody } from "../tencent/commands.ts";
import type { Reply } from "../tencent/reply.ts";
import type { Call } from "./call.ts";
import { keepChange, orderKeyFor } from "./keep.ts";

/** Keeps friends that were added, in our words. */
export function handleFriendAdd(body: FriendAddBody, call: Call): Promise<Reply> {
  const { pairs, unstorable } = body.PairList;
  const event = {
    v: 2,
    type: "friends-added",
    orderKey: orderKeyFor(body.EventTime, call),
    source: sourceOf(body.ClientCmd),
    adminId: body.Admin_Account,
    forced: body.ForceFlag,
    pairs: pairs.map((pair): [string, string, string | null] => [
      pair.From_Account,
      pair.To_Account,
      pair.Initiator_Account,
    ]),
  } as const;
  return keepChange(body.CallbackCommand, event, unstorable, call);
}

/** The pages spell one command in two ways. */
function sourceOf(clientCmd: string | null): string | null {
  switch (clientCmd) {
    case "FriendAdd":
      return "friend_add";
    case "FriendResponse":
      return "friend_response";
    default:
      return clientCmd;
  }
}
