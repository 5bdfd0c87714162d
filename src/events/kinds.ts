import * as z from "zod/mini";
import { ACTIONS } from "../blocklist/value.ts";
import { MESSAGE_MAX_PAIRS, MESSAGE_MAX_RESPONSES } from "../limits.ts";
import { isUserId } from "../tencent/commands.ts";
import { CALLBACK_SCHEMAS, CALLBACK_TYPE, type KeptCallback } from "./callback.ts";
import { toMs } from "./order-key.ts";

/** The edge sends accounts that cannot be stored, too: they are to become dead letters. */
const id = z.string().check(z.refine(isUserId));
/** Never "": it would be another row than null, and compare as the same. */
const textOrNobody = z.nullable(z.string().check(z.minLength(1)));

/**
 * Directed friendships that one callback added or deleted. A pair is [userId, friendId], and the
 * one who initiated it where that is known.
 */
const friendsChanged = z.object({
  v: z.literal(2),
  type: z.enum(["friends-added", "friends-deleted"]),
  /** What orders the events of a pair; see order-key.ts. */
  orderKey: z.int().check(z.positive()),
  source: textOrNobody,
  adminId: textOrNobody,
  forced: z.boolean(),
  pairs: z.array(z.tuple([id, id, textOrNobody])),
});
export type FriendsChanged = z.output<typeof friendsChanged>;
export type Pair = FriendsChanged["pairs"][number];

/** Version 1 called the order key `version`. */
const { orderKey: version, ...sharedShape } = friendsChanged.shape;
const friendsChanged1 = z.pipe(
  z.object({ ...sharedShape, v: z.literal(1), version }),
  z.transform(({ version, ...rest }): FriendsChanged => ({ ...rest, v: 2, orderKey: version })),
);

const textOrNone = z.nullable(z.string());

/**
 * Friend responses that one callback asked about, as they were decided. A response is [place in
 * the callback, applicantId, action, code, and three for the rules: the kind and the key of the one
 * that decided, the key of the one that would have refused it if it did not only observe].
 */
const responsesDecided = z.object({
  v: z.literal(1),
  type: z.literal("responses-decided"),
  /** Of the callback: a message that comes twice is recorded once. */
  callId: z.string().check(z.minLength(1)),
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

/** What is on the queue to be stored, by its kind. */
export type Events = { friends: FriendsChanged; responses: ResponsesDecided };
export type Kind = keyof Events;
export type StoredEvent = Events[Kind];

type KindRow<Event> = {
  types: readonly string[];
  /** By the version of the message: the one that this deploy writes, and the one before. */
  schemas: Readonly<Record<number, z.ZodMiniType<Event>>>;
  /** The list in the event: a large one travels as several messages that each have a part of it. */
  list: ListName<Event>;
  messageMaxEntries: number;
  /** When it happened, in milliseconds since the epoch. */
  atMs: (event: Event) => number;
  /** What an entry is called, for whoever reads of it. */
  entryName: string;
};
type ListName<Event> = { [N in keyof Event]: Event[N] extends unknown[] ? N : never }[keyof Event];

/** Every kind of event that is stored. db/kinds.ts says what is done with each. */
export const KINDS: { readonly [K in Kind]: KindRow<Events[K]> } = {
  friends: {
    types: friendsChanged.shape.type.options,
    schemas: { 1: friendsChanged1, 2: friendsChanged },
    list: "pairs",
    entryName: "pair",
    messageMaxEntries: MESSAGE_MAX_PAIRS,
    atMs: ({ orderKey }) => toMs(orderKey),
  },
  responses: {
    types: ["responses-decided"],
    schemas: { 1: responsesDecided },
    list: "responses",
    entryName: "response",
    messageMaxEntries: MESSAGE_MAX_RESPONSES,
    atMs: ({ at }) => at,
  },
};
export const KIND_NAMES = Object.keys(KINDS) as readonly Kind[];

export type ParsedMessage =
  | { [K in Kind]: { ok: true; kind: K; event: Events[K] } }[Kind]
  /** It is not stored, but delivered. */
  | { ok: true; kind: "callback"; event: KeptCallback }
  /** `unknown`: another deploy wrote it, and one that knows its type and version may come back. */
  | { ok: false; reason: "unknown" | "malformed" };

/** Every message of every deploy has a version, and so far a type. */
const anyMessage = z.object({ v: z.int(), type: z.optional(z.unknown()) });

/** Reads a message again on its arrival: messages outlive deploys. */
export function parseMessage(body: unknown): ParsedMessage {
  const { success, data } = anyMessage.safeParse(body);
  if (!success) return { ok: false, reason: "malformed" };
  if (data.type === CALLBACK_TYPE) return parseBy("callback", CALLBACK_SCHEMAS[data.v], body);
  const kind = KIND_NAMES.find((name) => KINDS[name].types.includes(data.type as string));
  return kind === undefined
    ? { ok: false, reason: "unknown" }
    : parseBy(kind, KINDS[kind].schemas[data.v], body);
}

function parseBy(
  kind: Kind | "callback",
  schema: z.ZodMiniType | undefined,
  body: unknown,
): ParsedMessage {
  if (schema === undefined) return { ok: false, reason: "unknown" };
  const { success, data } = schema.safeParse(body);
  return success
    ? ({ ok: true, kind, event: data } as ParsedMessage)
    : { ok: false, reason: "malformed" };
}

/** The kind of an event of this deploy. */
export function kindOf(event: StoredEvent): Kind {
  return KIND_NAMES.find((kind) => KINDS[kind].types.includes(event.type)) as Kind;
}

/** What is listed in an event. */
export function entriesOf(event: StoredEvent): readonly unknown[] {
  return event[KINDS[kindOf(event)].list as keyof StoredEvent] as unknown as readonly unknown[];
}

/** The same event with other entries. */
export function withEntries<Event extends StoredEvent>(
  event: Event,
  entries: readonly unknown[],
): Event {
  return { ...event, [KINDS[kindOf(event)].list]: entries };
}
