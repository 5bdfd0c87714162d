import * as z from "zod/mini";
import { RESPONSE_ACTIONS } from "../blocklist/value.ts";
import { MESSAGE_MAX_DECIDED, MESSAGE_MAX_PAIRS } from "../limits.ts";
import { entry, orNull, sized, whole } from "../schema.ts";
import { isUserId } from "../tencent/commands.ts";
import { CALLBACK_SCHEMAS, CALLBACK_TYPE, type KeptCallback } from "./callback.ts";
import { toMs } from "./order-key.ts";

/** An account that the tables keep byte for byte. */
export const storableId = (problem?: string) =>
  z.string(problem).check(z.refine(isUserId, problem));
/** The edge sends accounts that cannot be stored, too: they are to become dead letters. */
const id = storableId();
/** Never "": it would be another row than null, and compare as the same. */
const textOrNobody = orNull(z.string().check(sized(1)));

/** What orders the events of a pair; see order-key.ts. */
const orderKey = whole(1);

/**
 * Directed friendships that one callback added or deleted. A pair is [userId, friendId], and the
 * one who initiated it where that is known.
 */
const friendsChanged = z.object({
  v: z.literal(2),
  type: z.literal(["friends-added", "friends-deleted"]),
  orderKey,
  source: textOrNobody,
  adminId: textOrNobody,
  forced: z.literal([true, false]),
  pairs: z.array(entry([id, id, textOrNobody])),
});
export type FriendsChanged = z.output<typeof friendsChanged>;
export type Pair = FriendsChanged["pairs"][number];

/** Version 1 called the order key `version`. */
const { orderKey: version, ...sharedShape } = friendsChanged.shape;
const friendsChanged1 = z.pipe(
  z.object({ ...sharedShape, v: z.literal(1), version }),
  z.transform(({ version, ...rest }): FriendsChanged => ({ ...rest, v: 2, orderKey: version })),
);

/** Users whom one callback put into a blacklist, or took out of it. A pair is [userId, blockedId]. */
const blacklistChanged = z.object({
  v: z.literal(1),
  type: z.literal(["blacklist-added", "blacklist-deleted"]),
  orderKey,
  pairs: z.array(entry([id, id])),
});
export type BlacklistChanged = z.output<typeof blacklistChanged>;

const textOrNone = orNull(z.string());

/** Of a callback whose items were decided. */
const decidedShape = {
  v: z.literal(1),
  /** Of the callback: a message that comes twice is recorded once. */
  callId: z.string().check(sized(1)),
  /** Milliseconds since the epoch. */
  at: whole(1),
  eventTime: orNull(whole()),
  requesterId: textOrNone,
  clientIp: textOrNone,
  platform: textOrNone,
  requestId: textOrNone,
};
/**
 * How an item was decided: its code, and three for the rules: the kind and the key of the one that
 * decided, the key of the one that would have refused it if it did not only observe.
 */
const outcome = [whole(), textOrNone, textOrNone, textOrNone] as const;

/** Friend responses: each is [place in the callback, applicantId, action, …outcome]. */
const responsesDecided = z.object({
  ...decidedShape,
  type: z.literal("responses-decided"),
  responderId: z.string(),
  responses: z.array(entry([whole(), z.string(), z.literal(RESPONSE_ACTIONS), ...outcome])),
});
export type ResponsesDecided = z.output<typeof responsesDecided>;

/** Friend requests: each is [place in the callback, responderId, …outcome]. */
const requestsDecided = z.object({
  ...decidedShape,
  type: z.literal("requests-decided"),
  applicantId: z.string(),
  /** How many of the callback's were let through, where somebody counts them; of all its messages together. */
  through: whole(0),
  requests: z.array(entry([whole(), z.string(), ...outcome])),
});
export type RequestsDecided = z.output<typeof requestsDecided>;

/** What is on the queue to be stored, by its kind. */
export type Events = {
  friends: FriendsChanged;
  blacklist: BlacklistChanged;
  responses: ResponsesDecided;
  requests: RequestsDecided;
};
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

/** What the kinds that list pairs have in common. */
const PAIRS = {
  list: "pairs",
  entryName: "pair",
  messageMaxEntries: MESSAGE_MAX_PAIRS,
  atMs: (event: { orderKey: number }) => toMs(event.orderKey),
} as const;

/** Every kind of event that is stored. db/kinds.ts says what is done with each. */
export const KINDS: { readonly [K in Kind]: KindRow<Events[K]> } = {
  friends: {
    ...PAIRS,
    types: friendsChanged.shape.type.def.values,
    schemas: { 1: friendsChanged1, 2: friendsChanged },
  },
  blacklist: {
    ...PAIRS,
    types: blacklistChanged.shape.type.def.values,
    schemas: { 1: blacklistChanged },
  },
  responses: {
    types: ["responses-decided"],
    schemas: { 1: responsesDecided },
    list: "responses",
    entryName: "response",
    messageMaxEntries: MESSAGE_MAX_DECIDED,
    atMs: ({ at }) => at,
  },
  requests: {
    types: ["requests-decided"],
    schemas: { 1: requestsDecided },
    list: "requests",
    entryName: "request",
    messageMaxEntries: MESSAGE_MAX_DECIDED,
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
const anyMessage = z.object({ v: whole(), type: z.optional(z.unknown()) });

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
