import type { Pair } from "../tencent/bodies.ts";
import type { Random } from "./random.ts";

/** From the official limits page: https://cloud.tencent.com/document/product/269/9346 */
const FRIENDS_MAX = 3_000;
const BLACKLIST_MAX = 1_000;

export type Graph = ReturnType<typeof createGraph>;

/** Who is on whose list of friends, and on whose blacklist. */
export function createGraph(users: readonly string[], random: Random) {
  const friends = createLists(users, FRIENDS_MAX);
  const blacklist = createLists(users, BLACKLIST_MAX);
  // Squared, so some users are much more popular than others.
  const popular = () => users[Math.floor(users.length * random.fraction() ** 2)] as string;
  const anybody = () => users[random.int(0, users.length - 1)] as string;
  return {
    friends,
    blacklist,
    /** A popular user, and somebody else. */
    two(): [popular: string, other: string] {
      const first = popular();
      for (;;) {
        const second = anybody();
        if (second !== first) return [first, second];
      }
    },
    /** Somebody on a list. Undefined if the list is empty. */
    oneOf(list: readonly string[]): string | undefined {
      return list.length === 0 ? undefined : list[random.int(0, list.length - 1)];
    },
    /** Tencent lets neither of the two ask the other. */
    areApart: (one: string, other: string) =>
      blacklist.has([one, other]) || blacklist.has([other, one]),
  };
}

/** Both directions. */
export function pairsOf(one: string, other: string): Pair[] {
  return [
    [one, other],
    [other, one],
  ];
}

function createLists(users: readonly string[], max: number) {
  const lists = new Map(users.map((user) => [user, new Set<string>()]));
  const listOf = (user: string) => lists.get(user) as Set<string>;
  return {
    of: (user: string) => [...listOf(user)],
    has: ([user, other]: Pair) => listOf(user).has(other),
    /** The pairs that were new. Tencent tells only about these. */
    add: (pairs: readonly Pair[]) =>
      pairs.filter(([user, other]) => {
        const list = listOf(user);
        if (list.has(other) || list.size === max) return false;
        list.add(other);
        return true;
      }),
    remove: (pairs: readonly Pair[]) => pairs.filter(([user, other]) => listOf(user).delete(other)),
  };
}
