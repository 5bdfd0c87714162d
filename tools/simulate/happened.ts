import type { Pair } from "../tencent/bodies.ts";
import type { TrueList } from "../tencent/lists.ts";
import type { Step } from "./plan.ts";
import { type Random, randomOf } from "./random.ts";
import { happenedOf, type Outcome, pairKey, type Truth, truthOf } from "./truth.ts";

/** What happens at Tencent without a callback. */
export type Unheard = {
  /** Of a hundred happenings that change something, so many are never told. */
  lostPercent: number;
  /** Friendships that REST adds, in one direction. */
  imported: number;
  seed: number;
};

/** How the friends table must differ from Tencent's lists, if it has exactly what the callbacks told. */
export type Drift = { missing: number; extra: number; unsure: number };

/** The numbers of the happenings without a callback. The same seed gives the same ones. */
export function lostOf(steps: readonly Step[], { lostPercent, seed }: Unheard): Set<number> {
  // It has its own random numbers. So the same things happen, whatever is lost.
  const random = randomOf(seed);
  const changing = steps.filter(
    ({ duplicate, happening }) => !duplicate && happening.changes.length > 0,
  );
  return new Set(changing.filter(() => random.percent(lostPercent)).map(({ at }) => at));
}

/** Tencent's own friend lists at the end, and how far the table must be from them. */
export function tencentAfter(
  users: readonly string[],
  steps: readonly Step[],
  outcomes: readonly Outcome[],
  { imported, seed }: Unheard,
  nowMs: number,
): { lists: TrueList[]; drift: Drift } {
  const told = truthOf("friends", steps, outcomes);
  const happened = happenedOf("friends", steps, outcomes);
  const isFree = (pair: Pair) => !isThere(happened, pairKey(pair)) && !told.has(pairKey(pair));
  const friends = new Set([
    ...[...happened.keys()].filter((key) => isThere(happened, key)),
    ...strangers(users, imported, isFree, randomOf(seed + 1)),
  ]);
  const lists = new Map(users.map((user): [string, TrueList["friends"][number][]] => [user, []]));
  for (const key of friends) {
    const [user, friendId]: Pair = JSON.parse(key);
    lists.get(user)?.push({ friendId, addedAt: nowMs });
  }
  return {
    lists: [...lists].map(([userId, friends]) => ({ userId, friends })),
    drift: driftOf(told, friends),
  };
}

function driftOf(told: Truth, friends: ReadonlySet<string>): Drift {
  const drift: Drift = { missing: 0, extra: 0, unsure: 0 };
  for (const key of new Set([...told.keys(), ...friends])) {
    if (told.get(key)?.state === "unsure") drift.unsure += 1;
    else if (friends.has(key) && !isThere(told, key)) drift.missing += 1;
    else if (!friends.has(key) && isThere(told, key)) drift.extra += 1;
  }
  return drift;
}

/** So many pairs of users who have nothing to do with each other, or all such pairs. */
function strangers(
  users: readonly string[],
  count: number,
  isFree: (pair: Pair) => boolean,
  random: Random,
): Set<string> {
  const keys = new Set<string>();
  const most = Math.min(count, users.length * (users.length - 1));
  // If nearly everybody knows everybody, there may be fewer.
  for (let tries = 0; keys.size < most && tries < 100 * most; tries += 1) {
    const [user, friend] = [random.int(0, users.length - 1), random.int(0, users.length - 1)];
    const pair: Pair = [users[user] ?? "", users[friend] ?? ""];
    if (user !== friend && isFree(pair)) keys.add(pairKey(pair));
  }
  return keys;
}

function isThere(truth: Truth, key: string): boolean {
  return truth.get(key)?.state === "there";
}
