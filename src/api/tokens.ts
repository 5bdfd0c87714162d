import * as z from "zod/mini";

/** A key as opaque text for URLs: base64url of its JSON. */
export function encodeToken(key: readonly (string | number)[]): string {
  return encoder.encode(JSON.stringify(key)).toBase64({ alphabet: "base64url", omitPadding: true });
}

/** The key that `encodeToken` made into this text; undefined for any other text. */
export function decodeToken(text: string): unknown {
  try {
    return JSON.parse(decoder.decode(Uint8Array.fromBase64(text, { alphabet: "base64url" })));
  } catch {
    return undefined;
  }
}

/** A text that stands for such a key. Anything else is an issue. */
export function tokenSchema<Key extends z.ZodMiniType>(
  key: Key,
  read: (text: string) => unknown = decodeToken,
) {
  return z.pipe(z.pipe(z.string("must be text"), z.transform(read)), key);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
