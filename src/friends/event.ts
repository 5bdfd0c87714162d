import * as z from "zod/mini";
import { MESSAGE_MAX_BYTES, MESSAGE_MAX_PAIRS } from "../limits.ts";

/** The version of the messages that this deploy writes. It reads this one only. */
export const EVENT_VERSION = 1;

const id = z.string().check(z.minLength(1));
const idOrNobody = z.nullable(id);

/**
 * What is on the queue: directed friendships that one callback added or deleted. A pair is
 * [userId, friendId], and the one who initiated it where that is known.
 */
const friendsChanged = z.object({
  v: z.literal(EVENT_VERSION),
  type: z.enum(["friends-added", "friends-deleted"]),
  /** What orders the events of a pair; see order-key.ts. */
  version: z.int().check(z.positive()),
  /** Never "": it would be another row than null, and compare as the same. */
  source: idOrNobody,
  adminId: idOrNobody,
  forced: z.boolean(),
  pairs: z.array(z.tuple([id, id, idOrNobody])),
});
export type FriendsChanged = z.output<typeof friendsChanged>;
export type Pair = FriendsChanged["pairs"][number];

export type ParsedEvent =
  | { ok: true; event: FriendsChanged }
  /** `unknown-version`: a newer deploy wrote it, and one that knows it may come back. */
  | { ok: false; reason: "unknown-version" | "malformed" };

const anyVersion = z.object({ v: z.int() });

/** Reads a message again on its arrival: messages outlive deploys. */
export function parseEvent(body: unknown): ParsedEvent {
  const parsed = friendsChanged.safeParse(body);
  if (parsed.success) return { ok: true, event: parsed.data };
  const version = anyVersion.safeParse(body);
  return version.success && version.data.v !== EVENT_VERSION
    ? { ok: false, reason: "unknown-version" }
    : { ok: false, reason: "malformed" };
}

const encoder = new TextEncoder();

/** The bytes of a value as JSON. */
export function bytesOf(value: unknown): number {
  return encoder.encode(JSON.stringify(value)).length;
}

/** An event as messages that are each within the queue's limits. No pairs, no message. */
export function splitEvent(event: FriendsChanged): FriendsChanged[] {
  const frame = bytesOf({ ...event, pairs: [] });
  return chunksWithin(event.pairs, MESSAGE_MAX_PAIRS, MESSAGE_MAX_BYTES - frame, bytesOf).map(
    (pairs) => ({ ...event, pairs }),
  );
}

/** Consecutive chunks of at most so many values and bytes; a comma counts as a byte. */
export function chunksWithin<T>(
  values: readonly T[],
  maxValues: number,
  maxBytes: number,
  sizeOf: (value: T) => number,
): T[][] {
  const chunks: T[][] = [];
  let bytes = 0;
  for (const value of values) {
    const size = sizeOf(value) + 1;
    const chunk = chunks.at(-1);
    if (chunk === undefined || chunk.length === maxValues || bytes + size > maxBytes) {
      chunks.push([value]);
      bytes = size;
    } else {
      chunk.push(value);
      bytes += size;
    }
  }
  return chunks;
}
