import type { ResponseAction } from "../blocklist/value.ts";
import { MESSAGE_MAX_DECIDED, MESSAGE_MAX_PAIRS } from "../limits.ts";
import { toMs } from "./order-key.ts";

/**
 * Directed friendships that one callback added or deleted. A pair is [userId, friendId], and the user who
 * initiated it if that is known.
 */
export type FriendsChanged = {
  v: 2;
  type: "friends-added" | "friends-deleted";
  /** What orders the events of a pair; see order-key.ts. */
  orderKey: number;
  source: string | null;
  adminId: string | null;
  forced: boolean;
  pairs: [userId: string, friendId: string, initiatorId: string | null][];
};
export type Pair = FriendsChanged["pairs"][number];

/** Users that one callback added to a blacklist, or removed from it. A pair is [userId, blockedId]. */
export type BlacklistChanged = {
  v: 1;
  type: "blacklist-added" | "blacklist-deleted";
  orderKey: number;
  pairs: [userId: string, blockedId: string][];
};

/** What the events of all decided callbacks have in common. */
type Decided = {
  v: 1;
  /** Identifies the callback, so that a message that comes twice is recorded once. */
  callId: string;
  /** Milliseconds since the epoch. */
  at: number;
  eventTime: number | null;
  requesterId: string | null;
  clientIp: string | null;
  platform: string | null;
  requestId: string | null;
};
/**
 * How an item was decided. After its code come the kind and the key of the rule that decided. The last is
 * the key of a rule that only observed, and would have refused the item.
 */
type Outcome = [
  code: number,
  ruleKind: string | null,
  ruleKey: string | null,
  observedKey: string | null,
];

/** Friend responses: each begins with its place in the callback. */
export type ResponsesDecided = Decided & {
  type: "responses-decided";
  responderId: string;
  responses: [place: number, applicantId: string, action: ResponseAction, ...Outcome][];
};

/** Friend requests. */
export type RequestsDecided = Decided & {
  type: "requests-decided";
  applicantId: string;
  /** How many of the callback's requests were let through, in all its messages, if they are counted. */
  through: number;
  requests: [place: number, responderId: string, ...Outcome][];
};

export type DecidedEvent = ResponsesDecided | RequestsDecided;

/** The queued events that are stored, by kind. messages.ts reads them, and refuses anything else. */
export type Events = {
  friends: FriendsChanged;
  blacklist: BlacklistChanged;
  responses: ResponsesDecided;
  requests: RequestsDecided;
};
export type Kind = keyof Events;
export type StoredEvent = Events[Kind];

type KindRow<Event extends StoredEvent> = {
  types: readonly Event["type"][];
  /** The list in the event. A large list travels as several messages. Each has a part of it. */
  list: ListName<Event>;
  messageMaxEntries: number;
  /** When it happened, in milliseconds since the epoch. */
  atMs: (event: Event) => number;
  /** What an entry is called in texts for people. */
  entryName: string;
};
type ListName<Event> = { [N in keyof Event]: Event[N] extends unknown[] ? N : never }[keyof Event];

/** What all kinds with a list of pairs have in common. */
const PAIRS = {
  list: "pairs",
  entryName: "pair",
  messageMaxEntries: MESSAGE_MAX_PAIRS,
  atMs: (event: { orderKey: number }) => toMs(event.orderKey),
} as const;

/** Every kind of event that is stored. db/kinds.ts says what is done with each. */
export const KINDS: { readonly [K in Kind]: KindRow<Events[K]> } = {
  friends: { ...PAIRS, types: ["friends-added", "friends-deleted"] },
  blacklist: { ...PAIRS, types: ["blacklist-added", "blacklist-deleted"] },
  responses: {
    types: ["responses-decided"],
    list: "responses",
    entryName: "response",
    messageMaxEntries: MESSAGE_MAX_DECIDED,
    atMs: ({ at }) => at,
  },
  requests: {
    types: ["requests-decided"],
    list: "requests",
    entryName: "request",
    messageMaxEntries: MESSAGE_MAX_DECIDED,
    atMs: ({ at }) => at,
  },
};
export const KIND_NAMES = Object.keys(KINDS) as readonly Kind[];
const KIND_OF_TYPE = new Map<unknown, Kind>(
  KIND_NAMES.flatMap((kind) => KINDS[kind].types.map((type) => [type, kind] as const)),
);

/** The kind of the events of a type; undefined for a type that this deploy does not know. */
export function kindOfType(type: unknown): Kind | undefined {
  return KIND_OF_TYPE.get(type);
}

/** The kind of an event of this deploy. */
export function kindOf({ type }: StoredEvent): Kind {
  return kindOfType(type) as Kind;
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
