import { env } from "cloudflare:workers";
import { readBlacklist } from "../../src/api/blacklist.ts";
import { readFriends } from "../../src/api/friends.ts";
import { pairsQuery } from "../../src/api/parameters.ts";
import { STORES } from "../../src/db/kinds.ts";
import { BLACKLIST, FRIENDS, type PairsChanged, type PairTable } from "../../src/db/pairs/table.ts";
import type { BlacklistChanged, FriendsChanged } from "../../src/events/kinds.ts";
import { oneDatabase } from "./databases.ts";

export type Directed = readonly [userId: string, otherId: string];
/** A row of a table of pairs; the attributes are those of `friends`. */
export type Row = {
  user_id: string;
  other_id: string;
  order_key: number;
  added_at: number | null;
  deleted_at: number | null;
  initiator_id?: string | null;
  source?: string | null;
  admin_id?: string | null;
  forced?: number;
};
/** What a page of either list says. */
export type Page = {
  added: { id: string; at: number }[];
  deleted: { id: string; at: number }[];
  cursor: string | null;
  since: string;
};

/** One of the two lists that a user has, for what has to hold of both. */
export type List = {
  kind: "friends" | "blacklist";
  table: PairTable;
  /** The column of whom a user has in the list. */
  other: string;
  /** The columns that only this list has. */
  attributes: readonly string[];
  added: (pairs: readonly Directed[], orderKey: number) => PairsChanged;
  deleted: (pairs: readonly Directed[], orderKey: number) => PairsChanged;
  /** Reads as a URL would ask; undefined where `since` has expired. */
  read: (
    userId: string,
    query?: Record<string, string>,
    db?: D1Database,
  ) => Promise<Page | undefined>;
};

const friendsChanged =
  (type: FriendsChanged["type"]) =>
  (pairs: readonly Directed[], orderKey: number): FriendsChanged => ({
    ...{ v: 2, type, orderKey, source: null, adminId: null, forced: false },
    pairs: pairs.map(([userId, friendId]) => [userId, friendId, null]),
  });

const blacklistChanged =
  (type: BlacklistChanged["type"]) =>
  (pairs: readonly Directed[], orderKey: number): BlacklistChanged => ({
    ...{ v: 1, type, orderKey },
    pairs: pairs.map(([userId, blockedId]) => [userId, blockedId]),
  });

export const friendList: List = {
  kind: "friends",
  table: FRIENDS,
  other: "friend_id",
  attributes: ["initiator_id", "source", "admin_id", "forced"],
  added: friendsChanged("friends-added"),
  deleted: friendsChanged("friends-deleted"),
  async read(userId, query = {}, db = env.DB) {
    const result = await readFriends(oneDatabase(db), userId, pairsQuery.parse(query));
    if (!result.ok) return undefined;
    const { friends, deleted, cursor, since } = result.page;
    return {
      added: friends.map(({ friendId, addedAt }) => ({ id: friendId, at: addedAt })),
      deleted: deleted.map(({ friendId, deletedAt }) => ({ id: friendId, at: deletedAt })),
      ...{ cursor, since },
    };
  },
};

export const blackList: List = {
  kind: "blacklist",
  table: BLACKLIST,
  other: "blocked_id",
  attributes: [],
  added: blacklistChanged("blacklist-added"),
  deleted: blacklistChanged("blacklist-deleted"),
  async read(userId, query = {}, db = env.DB) {
    const result = await readBlacklist(oneDatabase(db), userId, pairsQuery.parse(query));
    if (!result.ok) return undefined;
    const { blacklist, deleted, cursor, since } = result.page;
    return {
      added: blacklist.map(({ blockedId, addedAt }) => ({ id: blockedId, at: addedAt })),
      deleted: deleted.map(({ blockedId, deletedAt }) => ({ id: blockedId, at: deletedAt })),
      ...{ cursor, since },
    };
  },
};

export const LISTS: readonly List[] = [friendList, blackList];

/** Applies events of the list's kind, as the consumer does. */
export function apply(
  { kind }: List,
  events: readonly PairsChanged[],
  db: D1Database = env.DB,
): Promise<number> {
  const store = STORES[kind];
  return store.apply(db, events as never);
}

/** The whole table, without the time when a row was written last. */
export async function stored(
  { kind, other, attributes }: List,
  db: D1Database = env.DB,
): Promise<Row[]> {
  const columns = ["order_key", "added_at", "deleted_at", ...attributes];
  const { results } = await db
    .prepare(
      `SELECT user_id, ${other} AS other_id, ${columns} FROM ${kind} ORDER BY user_id, ${other}`,
    )
    .all<Row>();
  return results;
}
