import type { Pair } from "../tencent/bodies.ts";
import type { Random } from "./random.ts";

/** Of the official limits page: https://cloud.tencent.com/document/product/269/9346 */
const FRIENDS_MAX = 3_000;

export type Graph = ReturnType<typeof createGraph>;

/** Who has whom in the list of friends. */
export function createGraph(users: readonly string[], random: Random) {
  const lists = new Map(users.map((user) => [user, new Set<string>()]));
  const listOf = (user: string) => lists.get(user) as Set<string>;
  // Squared, so that some users are much more popular than others.
  const popular = () => users[Math.floor(users.length * random.fraction() ** 2)] as string;
  return {
    two(): [string, string] {
      const first = popular();
      for (;;) {
        const second = popular();
        if (second !== first) return [first, second];
      }
    },
    friendsOf: (user: string) => [...listOf(user)],
    friendOf(user: string): string | undefined {
      const friends = [...listOf(user)];
      return friends.length === 0 ? undefined : friends[random.int(0, friends.length - 1)];
    },
    /** The pairs that were new: Tencent tells of no others. */
    add: (pairs: readonly Pair[]) =>
      pairs.filter(([user, friend]) => {
        const list = listOf(user);
        if (list.has(friend) || list.size === FRIENDS_MAX) return false;
        list.add(friend);
        return true;
      }),
    remove: (pairs: readonly Pair[]) =>
      pairs.filter(([user, friend]) => listOf(user).delete(friend)),
  };
}
