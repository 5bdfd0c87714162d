import type { ResponseAction } from "../blocklist/value.ts";
import { MESSAGE_MAX_DECIDED, MESSAGE_MAX_PAIRS } from "../limits.ts";
import { toMs } from "./order-key.ts";

/**
 * Directed friendships that one callback added or deleted. A pair is [userId, friendId], and the
 * one who initiated it where that is known.
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

/** Users whom one callback put into a blacklist, or took out of it. A pair is [userId, blockedId]. */
export type BlacklistChanged = {
  v: 1;
  type: "blacklist-added" | "blacklist-deleted";
  orderKey: number;
  pairs: [userId: string, blockedId: string][];
};

/** Of a callback whose items were decided. */
type Decided = {
  v: 1;
  /** Of the callback: a message that comes twice is recorded once. */
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
 * How an item was decided: its code, and three for the rules: the kind and the key of the one that
 * decided, the key of the one that would have refused it if it did not only observe.
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
  /** How many of the callback's were let through, where somebody counts them; of all its messages together. */
  through: number;
  requests: [place: number, responderId: string, ...Outcome][];
};

export type DecidedEvent = ResponsesDecided | RequestsDecided;

/** What is on the queue to be stored, by its kind. messages.ts reads it, and refuses what is otherwise. */
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

/** The kind of the events of a type; undefined for a type that this deploy does not know. */
export function kindOfType(type: unknown): Kind | undefined {
  return KIND_NAMES.find((kind) => KINDS[kind].types.some((known) => known === type));
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
