import type { Pair } from "../tencent/bodies.ts";
import type { Random } from "./random.ts";

/** Of the official limits page: https://cloud.tencent.com/document/product/269/9346 */
const FRIENDS_MAX = 3_000;
const BLACKLIST_MAX = 1_000;

export type Graph = ReturnType<typeof createGraph>;

/** Who has whom in the list of friends, and who on the blacklist. */
export function createGraph(users: readonly string[], random: Random) {
  const friends = createLists(users, FRIENDS_MAX);
  const blacklist = createLists(users, BLACKLIST_MAX);
  // Squared, so that some users are much more popular than others.
  const popular = () => users[Math.floor(users.length * random.fraction() ** 2)] as string;
  const anybody = () => users[random.int(0, users.length - 1)] as string;
  return {
    friends,
    blacklist,
    /** One whom many know, and somebody else. */
    two(): [popular: string, other: string] {
      const first = popular();
      for (;;) {
        const second = anybody();
        if (second !== first) return [first, second];
      }
    },
    /** Somebody of a list; undefined where it is empty. */
    oneOf(list: readonly string[]): string | undefined {
      return list.length === 0 ? undefined : list[random.int(0, list.length - 1)];
    },
    /** Tencent lets neither of them ask the other. */
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
    /** The pairs that were new: Tencent tells of no others. */
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
