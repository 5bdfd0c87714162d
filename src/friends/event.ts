import * as z from "zod/mini";
import { MESSAGE_MAX_BYTES, MESSAGE_MAX_PAIRS, MESSAGE_MAX_RESPONSES } from "../limits.ts";
import { ACTIONS } from "./rule.ts";

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

const textOrNone = z.nullable(z.string());

/**
 * Friend responses that one callback asked about, as they were decided. A response is [place in
 * the callback, applicantId, action, code, and three for the rules: the kind and the key of the one
 * that decided, the key of the one that would have refused it if it did not only observe].
 */
const responsesDecided = z.object({
  v: z.literal(EVENT_VERSION),
  type: z.literal("responses-decided"),
  /** Of the callback: a message that comes twice is recorded once. */
  callId: id,
  /** Milliseconds since the epoch. */
  at: z.int().check(z.positive()),
  eventTime: z.nullable(z.int()),
  responderId: z.string(),
  requesterId: textOrNone,
  clientIp: textOrNone,
  platform: textOrNone,
  requestId: textOrNone,
  responses: z.array(
    z.tuple([z.int(), z.string(), z.enum(ACTIONS), z.int(), textOrNone, textOrNone, textOrNone]),
  ),
});
export type ResponsesDecided = z.output<typeof responsesDecided>;

export type FriendEvent = FriendsChanged | ResponsesDecided;

const friendEvent = z.union([friendsChanged, responsesDecided]);

export type ParsedEvent =
  | { ok: true; event: FriendEvent }
  /** `unknown-version`: a newer deploy wrote it, and one that knows it may come back. */
  | { ok: false; reason: "unknown-version" | "malformed" };

const anyVersion = z.object({ v: z.int() });

/** Reads a message again on its arrival: messages outlive deploys. */
export function parseEvent(body: unknown): ParsedEvent {
  const parsed = friendEvent.safeParse(body);
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

/** An event as messages that are each within the queue's limits. Nothing in it, no message. */
export function splitEvent(event: FriendEvent): FriendEvent[] {
  if (isSmall(event)) return [event];
  if (event.type === "responses-decided") {
    const frame = bytesOf({ ...event, responses: [] });
    return chunksWithin(
      event.responses,
      MESSAGE_MAX_RESPONSES,
      MESSAGE_MAX_BYTES - frame,
      bytesOf,
    ).map((responses) => ({ ...event, responses }));
  }
  const frame = bytesOf({ ...event, pairs: [] });
  return chunksWithin(event.pairs, MESSAGE_MAX_PAIRS, MESSAGE_MAX_BYTES - frame, bytesOf).map(
    (pairs) => ({ ...event, pairs }),
  );
}

/** What has no more than a third of the bytes as UTF-16 units need not be measured. */
function isSmall(event: FriendEvent): boolean {
  const [values, max] =
    event.type === "responses-decided"
      ? [event.responses.length, MESSAGE_MAX_RESPONSES]
      : [event.pairs.length, MESSAGE_MAX_PAIRS];
  return values > 0 && values <= max && JSON.stringify(event).length * 3 <= MESSAGE_MAX_BYTES;
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
