import { SESSION_MAX_SECONDS, SESSION_WHO_MAX_CHARS } from "../limits.ts";
import { ROLES, type Role, type Tokens } from "./role.ts";

/** Who has signed in to the console: a role, and who they said they are. */
export type Session = { role: Role; who: string; expiresAt: number };

/** A browser takes a name with this prefix over HTTPS only, for this host only. */
const COOKIE = "__Host-friendgate";
const ATTRIBUTES = "Path=/; HttpOnly; Secure; SameSite=Strict";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
const URL_SAFE = { alphabet: "base64url", omitPadding: true } as const;

/** The value for `Set-Cookie` that gives this session to a browser. */
export async function sessionCookie(session: Session, token: string): Promise<string> {
  const { role, who, expiresAt } = session;
  const payload = encoder.encode(JSON.stringify([role, who, expiresAt])).toBase64(URL_SAFE);
  const mac = await crypto.subtle.sign("HMAC", await keyOf(token), encoder.encode(payload));
  const value = `${payload}.${new Uint8Array(mac).toBase64(URL_SAFE)}`;
  return `${COOKIE}=${value}; ${ATTRIBUTES}; Max-Age=${SESSION_MAX_SECONDS}`;
}

/** The value for `Set-Cookie` that makes a browser forget it. */
export const NO_SESSION_COOKIE = `${COOKIE}=; ${ATTRIBUTES}; Max-Age=0`;

/** The text that a request claims to be a session; undefined if it has no such cookie. */
export function claimedSession(headers: Headers): string | undefined {
  const cookies = headers.get("Cookie")?.split(";") ?? [];
  return cookies
    .map((cookie) => cookie.trim())
    .find((cookie) => cookie.startsWith(`${COOKIE}=`))
    ?.slice(COOKIE.length + 1);
}

/**
 * The session that a cookie stands for, if the present token of its role has signed it and it has not ended.
 * So a new token ends all sessions of the old one.
 */
export async function readSession(
  claimed: string,
  tokens: Tokens,
  nowMs: number,
): Promise<Session | undefined> {
  const [payload = "", mac = "", ...more] = claimed.split(".");
  const session = parse(payload);
  const token = session && tokens[session.role];
  const signature = bytesOf(mac);
  if (!session || !token || !signature || more.length > 0) return undefined;
  const isSigned = await crypto.subtle.verify(
    "HMAC",
    await keyOf(token),
    signature,
    encoder.encode(payload),
  );
  return isSigned && nowMs < session.expiresAt ? session : undefined;
}

/** The key signs sessions only. With a cookie, nobody can try a token that is not tried out anyway. */
async function keyOf(token: string): Promise<CryptoKey> {
  const secret = await crypto.subtle.importKey("raw", encoder.encode(token), "HKDF", false, [
    "deriveKey",
  ]);
  return crypto.subtle.deriveKey(
    {
      name: "HKDF",
      hash: "SHA-256",
      salt: new Uint8Array(),
      info: encoder.encode("friendgate console session"),
    },
    secret,
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign", "verify"],
  );
}

/** Reads a cookie's text that nobody has checked yet. */
function parse(payload: string): Session | undefined {
  try {
    const [role, who, expiresAt] = JSON.parse(decoder.decode(bytesOf(payload) ?? new Uint8Array()));
    const isSession =
      ROLES.includes(role) &&
      typeof who === "string" &&
      who.length <= SESSION_WHO_MAX_CHARS &&
      Number.isSafeInteger(expiresAt);
    return isSession ? { role, who, expiresAt } : undefined;
  } catch {
    return undefined;
  }
}

/** The bytes of a text, if it is spelt as we spell it: one cookie has one text. */
function bytesOf(text: string): Uint8Array | undefined {
  try {
    const bytes = Uint8Array.fromBase64(text, URL_SAFE);
    return bytes.toBase64(URL_SAFE) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}
