import { deflateSync, inflateSync } from "node:zlib";

export type Signing = {
  /** The account that the UserSig is for. The REST API needs an administrator of the app. */
  identifier: string;
  appId: number;
  /** The app's secret key. Its 64 hex digits are taken as text. */
  key: string;
  nowMs: number;
  validSeconds: number;
};

/** What a UserSig says once it is unpacked. */
export type UserSigDocument = {
  "TLS.ver": string;
  "TLS.identifier": string;
  "TLS.sdkappid": number;
  "TLS.time": number;
  "TLS.expire": number;
  "TLS.sig": string;
};

/**
 * A UserSig as Tencent's own library makes it. That library brings more than it saves. It runs only on
 * Node, and its clock cannot be set.
 */
export async function userSigOf({ identifier, appId, key, nowMs, validSeconds }: Signing) {
  const time = Math.floor(nowMs / 1000);
  const document: UserSigDocument = {
    "TLS.ver": "2.0",
    "TLS.identifier": identifier,
    "TLS.sdkappid": appId,
    "TLS.time": time,
    "TLS.expire": validSeconds,
    "TLS.sig": await digestOf(key, identifier, appId, time, validSeconds),
  };
  const packed = deflateSync(JSON.stringify(document)).toString("base64");
  return packed.replaceAll("+", "*").replaceAll("/", "-").replaceAll("=", "_");
}

/** What a UserSig contains. Undefined if nothing can be read. */
export function readUserSig(userSig: string): UserSigDocument | undefined {
  try {
    const base64 = userSig.replaceAll("*", "+").replaceAll("-", "/").replaceAll("_", "=");
    return JSON.parse(inflateSync(Buffer.from(base64, "base64")).toString());
  } catch {
    return undefined;
  }
}

export type UserSigFault =
  | "unreadable"
  | "forged"
  | "of-another-user"
  | "of-another-app"
  | "expired";

/** What is wrong with a UserSig. Undefined if nothing is. */
export async function faultOfUserSig(
  userSig: string,
  { identifier, appId, key, nowMs }: Omit<Signing, "validSeconds">,
): Promise<UserSigFault | undefined> {
  const document = readUserSig(userSig);
  if (document === undefined) return "unreadable";
  const { "TLS.identifier": user, "TLS.sdkappid": app, "TLS.sig": sig } = document;
  const { "TLS.time": time, "TLS.expire": validSeconds } = document;
  if (app !== appId) return "of-another-app";
  if (sig !== (await digestOf(key, user, app, time, validSeconds))) return "forged";
  if (user !== identifier) return "of-another-user";
  return nowMs > (time + validSeconds) * 1000 ? "expired" : undefined;
}

async function digestOf(
  key: string,
  identifier: string,
  appId: number,
  time: number,
  validSeconds: number,
): Promise<string> {
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", encoder.encode(key), algorithm, false, [
    "sign",
  ]);
  const text =
    `TLS.identifier:${identifier}\nTLS.sdkappid:${appId}\n` +
    `TLS.time:${time}\nTLS.expire:${validSeconds}\n`;
  const digest = await crypto.subtle.sign("HMAC", imported, encoder.encode(text));
  return Buffer.from(digest).toString("base64");
}
