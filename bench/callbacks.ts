import { APP_ID, friendAdd, friendDelete, friendResponse, TOKEN } from "../test/support/tencent.ts";
import { callbackParameters, callbackUrl } from "../tools/tencent/url.ts";

export const settings = {
  SDK_APP_ID: APP_ID,
  CALLBACK_TOKEN: TOKEN,
  DEAD_LETTER_QUEUE: "friend-events-dlq,backend-callbacks-dlq",
  // The tokens of the tests are public.
  LOCAL: "true",
};

export const KINDS = ["friend response", "friend added", "friend deleted"] as const;
export type Kind = (typeof KINDS)[number];

/** What Tencent sends, and what Cloudflare gives to every request that comes by HTTP. */
export const HEADERS = { "Content-Type": "application/json", "CF-Ray": "230b030023ae2822-SJC" };

/** A callback in Tencent's form: its path with its query, and its body. */
export type Signed = { path: string; body: string };

/**
 * A callback of one user and so many others.
 *
 * @param user distinguishes this callback's users from another's
 * @param requestTime Unix seconds
 */
export async function signedCallback(
  kind: Kind,
  size: number,
  user: string,
  requestTime = Math.floor(Date.now() / 1000),
): Promise<Signed> {
  return signed(bodyOf(kind, size, user), requestTime);
}

/** A message that one user is about to send to another. friendgate passes it on. */
export function signedMessage(user: string): Promise<Signed> {
  const body = {
    CallbackCommand: "C2C.CallbackBeforeSendMsg",
    From_Account: user,
    To_Account: `${user}-friend`,
    MsgSeq: 48_374,
    MsgRandom: 2_837_546,
    MsgTime: 1_557_481_126,
    MsgKey: "48374_2837546_1557481126",
    OnlineOnlyFlag: 0,
    MsgBody: [{ MsgType: "TIMTextElem", MsgContent: { Text: "See you at the usual place?" } }],
    CloudCustomData: "",
  };
  return signed(body);
}

/** A body of any kind. */
export async function signed(
  body: { CallbackCommand: string },
  requestTime = Math.floor(Date.now() / 1_000),
): Promise<Signed> {
  const parameters = await callbackParameters({
    appId: APP_ID,
    token: TOKEN,
    command: body.CallbackCommand,
    requestTime: String(requestTime),
    clientIp: "192.0.2.1",
    platform: "iOS",
  });
  const { search } = callbackUrl("https://callback.example", {
    ...parameters,
    RequestId: crypto.randomUUID(),
  });
  return { path: `/${search}`, body: JSON.stringify(body) };
}

function bodyOf(kind: Kind, size: number, user: string) {
  const others = Array.from({ length: size }, (_, index) => `${user}-friend${index}`);
  const pairs = others.map((other): [string, string] => [user, other]);
  switch (kind) {
    case "friend response":
      return { ...friendResponse(user, others), EventTime: Date.now() };
    case "friend added":
      return friendAdd(...pairs);
    case "friend deleted":
      return friendDelete(...pairs);
  }
}
