/** The bodies of the friend callbacks, as the official pages show them. */
import type { ResponseAction } from "../../src/blocklist/value.ts";

export type Pair = readonly [from: string, to: string];

export type FriendAddOptions = {
  /** The user that asked for the friendship. The default is the first user of each pair. */
  initiatorId?: string | undefined;
  /** One page says friend_add and friend_response, the other FriendAdd and FriendResponse. */
  clientCmd?: string | undefined;
  /** Who did it for them. The default is nobody. */
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

/** The other one was added to the user's blacklist, or removed from it. Both callbacks have one shape. */
export function blacklistBody(change: "Add" | "Delete", pairs: readonly Pair[]) {
  return {
    CallbackCommand: `Sns.CallbackBlackList${change}` as const,
    PairList: pairs.map(([From_Account, To_Account]) => ({ From_Account, To_Account })),
  };
}

/** @param timeStamp Unix seconds; the oldest version of the body has them in each pair */
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

/** As Tencent spells it. friendgate's rules and tools leave the first words out. */
export function responseActionOf(action: ResponseAction): string {
  return `Response_Action_${action}`;
}

export type RequestItem = {
  To_Account: string;
  /** The applicant's name and group for the responder. */
  Remark?: string;
  GroupName?: string;
  AddSource?: string;
  /** What the applicant writes to the responder. */
  AddWording?: string;
};

export type AskingOptions = {
  /** Who sends it, if that is somebody else. */
  requesterId?: string;
  /** Milliseconds since the epoch; old versions of the body have no EventTime. */
  eventTimeMs?: number;
};

export function friendRequestBody(
  from: string,
  items: readonly RequestItem[],
  {
    requesterId = from,
    eventTimeMs,
    oneWay = false,
    forced = false,
  }: AskingOptions & { oneWay?: boolean; forced?: boolean } = {},
) {
  return {
    CallbackCommand: "Sns.CallbackPrevFriendAdd" as const,
    Requester_Account: requesterId,
    From_Account: from,
    FriendItem: items,
    AddType: oneWay ? "Add_Type_Single" : "Add_Type_Both",
    ForceAddFlags: forced ? 1 : 0,
    ...(eventTimeMs !== undefined && { EventTime: eventTimeMs }),
  };
}

export type ResponseItem = {
  To_Account: string;
  ResponseAction: string;
  Remark?: string;
  TagName?: string;
};

export function friendResponseBody(
  from: string,
  items: readonly ResponseItem[],
  { requesterId = from, eventTimeMs }: AskingOptions = {},
) {
  return {
    CallbackCommand: "Sns.CallbackPrevFriendResponse",
    Requester_Account: requesterId,
    From_Account: from,
    ResponseFriendItem: items,
    ...(eventTimeMs !== undefined && { EventTime: eventTimeMs }),
  };
}
