/** The bodies of the friend callbacks, as the official pages show them. */
import type { Action } from "../../src/blocklist/value.ts";

export type Pair = readonly [from: string, to: string];

export type FriendAddOptions = {
  /** The user that asked for the friendship; each pair's first unless given. */
  initiatorId?: string | undefined;
  /** One page says friend_add and friend_response, the other FriendAdd and FriendResponse. */
  clientCmd?: string | undefined;
  /** Who did it for them; nobody unless given. */
  adminId?: string | undefined;
  forced?: boolean | undefined;
};

export function friendAddBody(pairs: readonly Pair[], options: FriendAddOptions = {}) {
  const { initiatorId, clientCmd = "friend_add", adminId = "", forced = false } = options;
  return {
    CallbackCommand: "Sns.CallbackFriendAdd",
    PairList: pairs.map(([From_Account, To_Account]) => ({
      From_Account,
      To_Account,
      Initiator_Account: initiatorId ?? From_Account,
    })),
    ClientCmd: clientCmd,
    Admin_Account: adminId,
    ForceFlag: forced ? 1 : 0,
  };
}

/** @param timeStamp Unix seconds, which the oldest version of the body has in each pair */
export function friendDeleteBody(pairs: readonly Pair[], timeStamp?: number) {
  return {
    CallbackCommand: "Sns.CallbackFriendDelete",
    PairList: pairs.map(([From_Account, To_Account]) => ({
      From_Account,
      To_Account,
      ...(timeStamp !== undefined && { TimeStamp: timeStamp }),
    })),
  };
}

/** As Tencent spells it: friendgate's rules and tools leave the first words out. */
export function responseActionOf(action: Action): string {
  return `Response_Action_${action}`;
}

export type ResponseItem = {
  To_Account: string;
  ResponseAction: string;
  Remark?: string;
  TagName?: string;
};

/** @param eventTimeMs milliseconds since the epoch; old versions of the body have no EventTime */
export function friendResponseBody(
  from: string,
  items: readonly ResponseItem[],
  { requesterId = from, eventTimeMs }: { requesterId?: string; eventTimeMs?: number } = {},
) {
  return {
    CallbackCommand: "Sns.CallbackPrevFriendResponse",
    Requester_Account: requesterId,
    From_Account: from,
    ResponseFriendItem: items,
    ...(eventTimeMs !== undefined && { EventTime: eventTimeMs }),
  };
}
