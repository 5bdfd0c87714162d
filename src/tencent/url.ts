import * as z from "zod/mini";

/** The parameters of a callback's URL that friendgate reads; the others are ignored. */
const PARAMETERS = [
  "SdkAppid",
  "CallbackCommand",
  "contenttype",
  "ClientIP",
  "OptPlatform",
  "RequestTime",
  "Sign",
  "RequestId",
] as const;
type Parameter = (typeof PARAMETERS)[number];

const CANONICAL = new Map<string, Parameter>(PARAMETERS.map((name) => [name.toLowerCase(), name]));

/**
 * The parameters in a URL. Pages and captures spell the names in several ways (SDKAppID, RequestID), so the
 * case of a name does not matter. A name that comes twice, in any spelling, keeps all its values.
 */
function readQuery(url: string): unknown {
  const query: Partial<Record<Parameter, string | string[]>> = {};
  const start = url.indexOf("?");
  const text = start === -1 ? "" : url.slice(start + 1);
  // Nearly no query has anything to decode.
  const read = /[%+]/.test(text) ? decode : (encoded: string) => encoded;
  for (const pair of text.split("&")) {
    const end = pair.indexOf("=");
    const name = read(end === -1 ? pair : pair.slice(0, end));
    const parameter = CANONICAL.get(name.toLowerCase());
    if (parameter === undefined) continue;
    const value = end === -1 ? "" : read(pair.slice(end + 1));
    const before = query[parameter];
    // Anybody can send ten thousand values. Copying the list for each would cost the square of that.
    if (Array.isArray(before)) before.push(value);
    else query[parameter] = before === undefined ? value : [before, value];
  }
  return query;
}

/** Decodes a text as forms encode it. A text that cannot be decoded stays as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

const once = z.optional(z.string());
/** `readQuery` gives only a text, or a list of texts. */
const perhapsRepeated = z.optional(z.unknown() as z.ZodMiniType<string | string[]>);

/**
 * The query of a callback's URL. The parameters that prove authenticity must not be ambiguous, so a repeated
 * SdkAppid, RequestTime or Sign is an issue here. `repeatedParameter` judges the others, after the request
 * is known to be authentic.
 */
export const callbackParameters = z.pipe(
  z.transform(readQuery),
  z.object({
    SdkAppid: once,
    RequestTime: once,
    Sign: once,
    CallbackCommand: perhapsRepeated,
    contenttype: perhapsRepeated,
    ClientIP: perhapsRepeated,
    OptPlatform: perhapsRepeated,
    RequestId: perhapsRepeated,
  }),
);
export type CallbackParameters = z.output<typeof callbackParameters>;

/** The first parameter that came more than once, by its official name. */
export function repeatedParameter(query: CallbackParameters): Parameter | undefined {
  return PARAMETERS.find((name) => Array.isArray(query[name]));
}

/** A parameter's value, if it came exactly once. */
export function single(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/**
 * How far RequestTime may lie from now, in seconds, in either direction.
 * https://cloud.tencent.com/document/product/269/1522 (security considerations)
 */
export const SIGN_TOLERANCE_SECONDS = 60;

export type AuthenticityProof = {
  sign: string | undefined;
  /** Unix seconds, as the URL spells them: Sign covers this text. */
  requestTime: string | undefined;
};

export type Authenticity =
  | { authentic: true; token: "current" | "previous" }
  | { authentic: false; reason: "sign-missing" | "time-malformed" | "time-stale" | "sign-wrong" };

/** Twelve digits reach beyond the year 30000; no leading sign, dot, exponent or space. */
const PLAIN_SECONDS = /^\d{1,12}$/;
const SHA256_HEX = /^[0-9a-f]{64}$/i;
const encoder = new TextEncoder();
const { subtle } = crypto;
/** The bytes of a Sign. One for all requests: nothing is waited for between its writing and its reading. */
const claimed = new Uint8Array(32);

/**
 * Whether Tencent, which knows the token, made this request within the last minute.
 * Sign is the hex SHA-256 of the token followed by RequestTime.
 *
 * Sign does not cover the body and the other parameters. A person who has seen a URL can send another body
 * with it until it is stale.
 *
 * @param tokens the console's token, and the one before it while a rotation is under way
 * @param now milliseconds since the epoch
 */
export async function checkAuthenticity(
  { sign, requestTime }: AuthenticityProof,
  tokens: { current: string; previous?: string | undefined },
  now: number,
): Promise<Authenticity> {
  if (sign === undefined || requestTime === undefined) {
    return { authentic: false, reason: "sign-missing" };
  }
  if (!PLAIN_SECONDS.test(requestTime)) return { authentic: false, reason: "time-malformed" };
  if (Math.abs(now / 1000 - Number(requestTime)) > SIGN_TOLERANCE_SECONDS) {
    return { authentic: false, reason: "time-stale" };
  }
  if (!SHA256_HEX.test(sign)) return { authentic: false, reason: "sign-wrong" };

  for (const token of ["current", "previous"] as const) {
    const secret = tokens[token];
    if (secret === undefined) continue;
    const digest = digests.get(secret + requestTime) ?? (await digestOf(secret + requestTime));
    // This compares digests, not texts. All digests have one length, and the time tells nothing.
    claimed.setFromHex(sign);
    if (subtle.timingSafeEqual(claimed, digest)) return { authentic: true, token };
  }
  return { authentic: false, reason: "sign-wrong" };
}

/** Sign for a RequestTime, in hex. */
export async function signOf(token: string, requestTime: string): Promise<string> {
  return new Uint8Array(await digestOf(token + requestTime)).toHex();
}

/**
 * Callbacks of one second have one digest, so a busy Worker computes it once. Callbacks of several seconds
 * come mixed. At any time no more digests than these can be valid.
 */
const digests = new Map<string, ArrayBuffer>();
const DIGESTS_MAX = 2 * (2 * SIGN_TOLERANCE_SECONDS + 1);

async function digestOf(text: string): Promise<ArrayBuffer> {
  const digest = await subtle.digest("SHA-256", encoder.encode(text));
  if (digests.size >= DIGESTS_MAX) digests.clear();
  digests.set(text, digest);
  return digest;
}
