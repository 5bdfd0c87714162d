import type { FriendAddBody } from "../tencent/commands.ts";
import type { Reply } from "../tencent/reply.ts";
import type { Call } from "./call.ts";
import { keepChange, orderKeyFor } from "./keep.ts";

/** Keeps friends that were added, in our words. */
export function handleFriendAdd(body: FriendAddBody, call: Call): Promise<Reply> {
  return keepChange(body.CallbackCommand, call, {
    v: 2,
    type: "friends-added",
    orderKey: orderKeyFor(body.EventTime, call),
    source: sourceOf(body.ClientCmd),
    adminId: body.Admin_Account || null,
    forced: body.ForceFlag === 1,
    pairs: body.PairList.map((pair) => [
      pair.From_Account,
      pair.To_Account,
      pair.Initiator_Account || null,
    ]),
  });
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
