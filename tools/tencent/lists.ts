import type { Lists, PlayedList } from "./friend-get.ts";

/** A user's friends in a truth. Times are milliseconds since the epoch, 0 if nobody knows. */
export type TrueList = {
  userId: string;
  friends: readonly { friendId: string; addedAt?: number | undefined }[];
};

/**
 * The lists of a truth.
 *
 * @param sequence where the lists' sequences begin; not at 0, which a caller that knows nothing sends
 */
export function listsOf(truth: Iterable<TrueList>, sequence = 1): Lists {
  const lists = new Map<string, PlayedList>();
  for (const { userId, friends } of truth) {
    const seconds = friends.map(
      ({ friendId, addedAt = 0 }) => [friendId, Math.floor(addedAt / 1000)] as const,
    );
    lists.set(userId, { friends: new Map(seconds), sequence });
  }
  return {
    of: (userId) => lists.get(userId),
    change(userId) {
      const list = lists.get(userId);
      if (list) lists.set(userId, { ...list, sequence: list.sequence + 1 });
    },
  };
}
