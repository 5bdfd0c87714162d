/** Plays Tencent: bodies as the official pages show them, signed as the console is told to sign. */

import { friendAddBody, friendDeleteBody, friendResponseBody } from "../../tools/tencent/bodies.ts";
import { callbackParameters, callbackUrl, requestTimeAt } from "../../tools/tencent/url.ts";

export const APP_ID = "1400000000";
export const TOKEN = "local-callback-token";

export const officialSamples = {
  friendRequest: {
    CallbackCommand: "Sns.CallbackPrevFriendAdd",
    Requester_Account: "id",
    From_Account: "id",
    FriendItem: [
      {
        To_Account: "id1",
        Remark: "remark1",
        GroupName: "group1",
        AddSource: "AddSource_Type_Android",
        AddWording: "this is id1!",
      },
      {
        To_Account: "id2",
        Remark: "remark2",
        GroupName: "group1",
        AddSource: "AddSource_Type_Android",
        AddWording: "this is id2!",
      },
    ],
    AddType: "Add_Type_Both",
    ForceAddFlags: 0,
    EventTime: 1631777344870,
  },
  friendResponse: {
    CallbackCommand: "Sns.CallbackPrevFriendResponse",
    Requester_Account: "id",
    From_Account: "id",
    ResponseFriendItem: [
      {
        To_Account: "id1",
        Remark: "remark1",
        TagName: "group1",
        ResponseAction: "Response_Action_AgreeAndAdd",
      },
      {
        To_Account: "id2",
        Remark: "remark2",
        TagName: "group2",
        ResponseAction: "Response_Action_Reject",
      },
    ],
    EventTime: 1631777645424,
  },
  friendAdd: {
    CallbackCommand: "Sns.CallbackFriendAdd",
    PairList: [
      { From_Account: "id", To_Account: "id1", Initiator_Account: "id" },
      { From_Account: "id", To_Account: "id2", Initiator_Account: "id" },
      { From_Account: "id", To_Account: "id3", Initiator_Account: "id" },
    ],
    ClientCmd: "friend_add",
    Admin_Account: "",
    ForceFlag: 1,
  },
  friendDelete: {
    CallbackCommand: "Sns.CallbackFriendDelete",
    PairList: [
      { From_Account: "id", To_Account: "id1" },
      { From_Account: "id", To_Account: "id2" },
      { From_Account: "id", To_Account: "id3" },
    ],
  },
  blacklistAdd: {
    CallbackCommand: "Sns.CallbackBlackListAdd",
    PairList: [
      { From_Account: "id", To_Account: "id1" },
      { From_Account: "id", To_Account: "id2" },
      { From_Account: "id", To_Account: "id3" },
    ],
  },
  blacklistDelete: {
    CallbackCommand: "Sns.CallbackBlackListDelete",
    PairList: [
      { From_Account: "id", To_Account: "id1" },
      { From_Account: "id", To_Account: "id2" },
      { From_Account: "id", To_Account: "id3" },
    ],
  },
} as const;

export type Answer = { To_Account: string; ResponseAction: string };

/** A friend response of one user to one or more applicants; AgreeAndAdd unless an item says else. */
export function friendResponse(from: string, items: (string | Answer)[], requester = from) {
  return friendResponseBody(
    from,
    items.map((item) =>
      typeof item === "string"
        ? { To_Account: item, ResponseAction: "Response_Action_AgreeAndAdd" }
        : item,
    ),
    { requesterId: requester },
  );
}

/** A friend request of one user to one or more others. */
export function friendRequest(from: string, to: readonly string[], requester = from) {
  return {
    CallbackCommand: "Sns.CallbackPrevFriendAdd",
    Requester_Account: requester,
    From_Account: from,
    FriendItem: to.map((To_Account) => ({
      To_Account,
      Remark: "",
      GroupName: "",
      AddSource: "AddSource_Type_Web",
      AddWording: "",
    })),
    AddType: "Add_Type_Both",
    ForceAddFlags: 0,
  };
}

/** The callbacks that ask about items: what they are called, and the body of one user about others. */
export const QUESTIONS = [
  { what: "request", command: "Sns.CallbackPrevFriendAdd", list: "FriendItem", ask: friendRequest },
  {
    what: "response",
    command: "Sns.CallbackPrevFriendResponse",
    list: "ResponseFriendItem",
    ask: friendResponse,
  },
] as const;

export function friendAdd(...pairs: [from: string, to: string][]) {
  return friendAddBody(pairs);
}

export function friendDelete(...pairs: [from: string, to: string][]) {
  return friendDeleteBody(pairs);
}

export function blacklistAdd(...pairs: [from: string, to: string][]) {
  return { ...friendDeleteBody(pairs), CallbackCommand: "Sns.CallbackBlackListAdd" };
}

export function blacklistDelete(...pairs: [from: string, to: string][]) {
  return { ...friendDeleteBody(pairs), CallbackCommand: "Sns.CallbackBlackListDelete" };
}

export type CallbackOptions = {
  /** Parameters of the URL instead of the usual ones; undefined leaves one out. */
  query?: Record<string, string | undefined>;
  token?: string;
  /** Unix seconds; now unless given. */
  requestTime?: string;
  path?: string;
  init?: RequestInit;
};

/** The request that Tencent would make for a body, or for a text in place of one. */
export async function callbackRequest(
  body: object | string | null,
  options: CallbackOptions = {},
): Promise<Request> {
  const { token = TOKEN, requestTime = requestTimeAt(Date.now()), path = "/", init } = options;
  // What a body has there may have no text, where the URL has a command of its own.
  const isInUrl = "CallbackCommand" in (options.query ?? {});
  const command =
    body !== null && typeof body === "object" && "CallbackCommand" in body && !isInUrl
      ? String(body.CallbackCommand)
      : undefined;
  const parameters = await callbackParameters({
    appId: APP_ID,
    token,
    command,
    requestTime,
    clientIp: "127.0.0.1",
    platform: "Web",
  });
  const url = callbackUrl(new URL(path, "https://callback.example"), {
    ...parameters,
    ...options.query,
  });
  const text = body === null || typeof body === "string" ? body : JSON.stringify(body);
  return new Request(url, {
    method: "POST",
    headers: text === null || init?.body !== undefined ? {} : headersByHttp(text),
    body: text,
    ...init,
  });
}

/** What a body that came by HTTP has with it, and one from another Worker has not. */
function headersByHttp(body: string): Record<string, string> {
  const length = new TextEncoder().encode(body).byteLength;
  return { "CF-Ray": "230b030023ae2822-SJC", "Content-Length": String(length) };
}
