import { toOrderKey } from "../../events/order-key.ts";

/** A user's friend list, as it was read somewhere else. */
export type FriendList = {
  userId: string;
  /** When the reading began, in milliseconds since the epoch. */
  readAt: number;
  friends: readonly ListedFriend[];
};
type ListedFriend = {
  friendId: string;
  addedAt?: number | undefined;
  source?: string | undefined;
};

/** A row of a user. `list` is the index of the user's list. */
export type KnownPair = {
  list: number;
  friend_id: string;
  order_key: number;
  deleted_at: number | null;
};

type Pair = { userId: string; readAt: number; friendId: string };

export type Drift = {
  /** How many are in the lists, each counted once. */
  friends: number;
  /** How many of them the table has. */
  unchanged: number;
  /** In a list, and not in the table. */
  missing: (Pair & ListedFriend)[];
  /** In the table, and not in the list. */
  extra: Pair[];
};

/**
 * How the table differs from some lists. A row that is as new as the list, or newer, is right: the list was
 * read before that event and does not show it.
 */
export function driftOf(lists: readonly FriendList[], rows: Iterable<KnownPair>): Drift {
  const compared = lists.map(({ userId, readAt, friends }) => ({
    pair: { userId, readAt },
    missing: new Map(friends.map((friend) => [friend.friendId, friend])),
  }));
  const friends = compared.reduce((sum, { missing }) => sum + missing.size, 0);
  const extra: Pair[] = [];
  let unchanged = 0;
  for (const { list, friend_id: friendId, order_key, deleted_at } of rows) {
    const { pair, missing } = compared[list] as (typeof compared)[number];
    const isOlder = order_key < toOrderKey(pair.readAt);
    const isFriend = deleted_at === null;
    if (isFriend && missing.has(friendId)) unchanged += 1;
    else if (isFriend && isOlder) extra.push({ ...pair, friendId });
    if (isFriend || !isOlder) missing.delete(friendId);
  }
  return {
    friends,
    unchanged,
    missing: compared.flatMap(({ pair, missing }) =>
      [...missing.values()].map((friend) => ({ ...pair, ...friend })),
    ),
    extra,
  };
}
