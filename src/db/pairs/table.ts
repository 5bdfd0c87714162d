import type { BlacklistChanged, FriendsChanged } from "../../events/kinds.ts";

/** Directed pairs that were added or deleted. */
export type PairsChanged = FriendsChanged | BlacklistChanged;

/**
 * A table of directed pairs: whom each user has in a list. Its rows are `user_id`, the other one,
 * `order_key`, `added_at`, `deleted_at`, the attributes, and `changed_at` (migrations/0013).
 */
export type PairTable<Event extends PairsChanged = never, Attributes = object> = {
  name: "friends" | "blacklist";
  /** The column with the id of the other user. */
  other: "friend_id" | "blocked_id";
  /** The type of the events that add; the others delete. */
  adds: string;
  /** The name of the step that removes tombstones, in the log and in `walks`. */
  tombstones: string;
  /** How a pair was added, by columns. */
  attributesOf: (event: Event, pair: Event["pairs"][number]) => Attributes;
  /** What a tombstone has in these columns. */
  none: Attributes;
};

/** friend_id is in user_id's friend list. */
export const FRIENDS: PairTable<
  FriendsChanged,
  { initiator_id: string | null; source: string | null; admin_id: string | null; forced: 0 | 1 }
> = {
  name: "friends",
  other: "friend_id",
  adds: "friends-added",
  tombstones: "tombstones",
  attributesOf: ({ source, adminId, forced }, [, , initiatorId]) => ({
    initiator_id: initiatorId,
    source,
    admin_id: adminId,
    forced: forced ? 1 : 0,
  }),
  none: { initiator_id: null, source: null, admin_id: null, forced: 0 },
};

/** user_id has blocked blocked_id. */
export const BLACKLIST: PairTable<BlacklistChanged> = {
  name: "blacklist",
  other: "blocked_id",
  adds: "blacklist-added",
  tombstones: "blacklist-tombstones",
  attributesOf: () => ({}),
  none: {},
};

/** SQL for the database's time in milliseconds, the same for all rows that a statement writes. */
export const DATABASE_NOW = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";
