import * as z from "zod/mini";
import { orNull, whole } from "../schema.ts";

/**
 * A callback that waits for the backend, as it came. Its body is a text if the text gives back the same
 * bytes, so that people can read a dead letter. Else it is base64.
 */
const keptCallback = z
  .object({
    v: z.literal(1),
    type: z.literal("callback"),
    command: orNull(z.string()),
    /** Milliseconds since the epoch. */
    arrivedMs: whole(1),
    /** As Tencent's URL spelled it. */
    requestTime: orNull(z.string()),
    /** The token that Sign was made with. `none`: there was no Sign. */
    token: z.literal(["current", "previous", "none"]),
    /** How often the backend was tried before it was kept. */
    attempts: whole(0),
    query: z.string(),
    contentType: orNull(z.string()),
    encoding: z.literal(["utf-8", "base64"]),
    body: z.string(),
  })
  .check(z.refine(({ encoding, body }) => encoding === "utf-8" || isBase64(body)));
export type KeptCallback = z.output<typeof keptCallback>;

export const CALLBACK_TYPE = "callback";
/** By the version of the message. */
export const CALLBACK_SCHEMAS: Readonly<Record<number, z.ZodMiniType<KeptCallback>>> = {
  1: keptCallback,
};

/** A body as a text that gives back the same bytes. */
export function textOf(bytes: Uint8Array): Pick<KeptCallback, "encoding" | "body"> {
  const text = new TextDecoder().decode(bytes);
  return isSame(new TextEncoder().encode(text), bytes)
    ? { encoding: "utf-8", body: text }
    : { encoding: "base64", body: bytes.toBase64() };
}

/** The bytes that were kept. */
export function bytesOf({ encoding, body }: Pick<KeptCallback, "encoding" | "body">): Uint8Array {
  return encoding === "base64" ? Uint8Array.fromBase64(body) : new TextEncoder().encode(body);
}

function isBase64(text: string): boolean {
  try {
    Uint8Array.fromBase64(text);
    return true;
  } catch {
    return false;
  }
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, place) => byte === other[place]);
}
