import { env } from "cloudflare:workers";
import * as fc from "fast-check";
import { describe, it } from "vitest";
import type { FriendList } from "../../src/db/pairs/drift.ts";
import { compareLists, repair } from "../../src/db/pairs/lists.ts";
import { toOrderKey } from "../../src/events/order-key.ts";
import { forgetEverything } from "../support/graph.ts";
import { apply, type Directed, friendList } from "../support/lists.ts";
import { storedFriends } from "../support/worker.ts";

const USERS = ["alice", "bob"];
const FRIENDS = ["carol", "dora", "erik"];
const PAIRS = USERS.flatMap((user) => FRIENDS.map((friend): Directed => [user, friend]));

/** One thing that happened to a pair at Tencent, and how often its callback arrives. */
type Happened = { pair: number; adds: boolean; arrives: number };
/** The lists of all users, as they were after so many events. */
type Reading = { readAfter: number; inTheSameMs: boolean };
type Arrival = { event: number } | Reading;

const EVENT_MS = 10;
/** What happened is numbered from 0. */
const msOfEvent = (event: number) => 1_000 + event * EVENT_MS;
const msOfReading = ({ readAfter, inTheSameMs }: Reading) =>
  msOfEvent(readAfter - 1) + (inTheSameMs ? 0 : EVENT_MS / 2);

/** Whom each user has after so many events, as Tencent knows. */
function truthAfter(history: readonly Happened[], events: number): Directed[] {
  const last = new Map(history.slice(0, events).map(({ pair, adds }) => [pair, adds]));
  return PAIRS.filter((_, pair) => last.get(pair));
}

function listsAfter(history: readonly Happened[], events: number, readAt: number): FriendList[] {
  const truth = truthAfter(history, events);
  return USERS.map((userId) => ({
    ...{ userId, readAt },
    friends: truth.filter(([user]) => user === userId).map(([, friendId]) => ({ friendId })),
  }));
}

/**
 * A history, and in which order what of it arrives. The last lists are read somewhere in it. What
 * happened before may be lost, as long as nothing older of its pair is under way when these lists
 * are in; what happened after them is not lost, and may arrive before them.
 */
const story = fc
  .record({
    history: fc.array(
      fc.record({
        pair: fc.nat({ max: PAIRS.length - 1 }),
        adds: fc.boolean(),
        arrives: fc.nat({ max: 2 }),
      }),
      { minLength: 1, maxLength: 12 },
    ),
    readings: fc.array(fc.tuple(fc.nat(), fc.boolean()), { minLength: 1, maxLength: 4 }),
  })
  .chain(({ history: happened, readings: drawn }) => {
    const readings = drawn
      .map(([place, inTheSameMs]) => ({ readAfter: place % (happened.length + 1), inTheSameMs }))
      .sort((a, b) => a.readAfter - b.readAfter);
    const last = readings.at(-1) as Reading;
    const history = happened.map((one, event) => ({
      ...one,
      arrives: event < last.readAfter ? one.arrives : Math.max(1, one.arrives),
    }));
    const events = history.flatMap(({ arrives }, event) =>
      Array.from({ length: arrives }, (): Arrival => ({ event })),
    );
    const arrivals: Arrival[] = [...events, ...readings];
    return fc
      .shuffledSubarray(arrivals, { minLength: arrivals.length })
      .map((shuffled) => ({ history, last, arrivals: inTime(history, shuffled, last) }));
  });

/** Brings forward what has to be there when the last lists come. */
function inTime(
  history: readonly Happened[],
  arrivals: readonly Arrival[],
  last: Arrival,
): Arrival[] {
  const at = arrivals.indexOf(last);
  const mayBeLater = (arrival: Arrival) => {
    if (!("event" in arrival)) return false;
    const { pair } = history[arrival.event] as Happened;
    return history.findLast((one) => one.pair === pair)?.arrives !== 0;
  };
  const behind = arrivals.slice(at + 1);
  return [
    ...arrivals.slice(0, at),
    ...behind.filter((arrival) => !mayBeLater(arrival)),
    last,
    ...behind.filter(mayBeLater),
  ];
}

async function tableAfter(
  history: readonly Happened[],
  arrivals: readonly Arrival[],
  put: (lists: FriendList[]) => Promise<unknown>,
): Promise<Directed[]> {
  await forgetEverything();
  for (const arrival of arrivals) {
    if ("event" in arrival) {
      const { pair, adds } = history[arrival.event] as Happened;
      const change = adds ? friendList.added : friendList.deleted;
      const key = toOrderKey(msOfEvent(arrival.event));
      await apply(friendList, [change([PAIRS[pair] as Directed], key)]);
    } else {
      await put(listsAfter(history, arrival.readAfter, msOfReading(arrival)));
    }
  }
  return (await storedFriends())
    .filter(({ deleted_at }) => deleted_at === null)
    .map(({ user_id, friend_id }): Directed => [user_id, friend_id]);
}

async function reconcile(lists: FriendList[]): Promise<void> {
  const drift = await compareLists(env.DB, lists, 1_000);
  if (drift === undefined) throw new Error("too many rows");
  await repair(env.DB, drift);
}

/** As if a list were true when it arrives. */
function reconcileNaively(lists: FriendList[]): Promise<void> {
  const nowMs = msOfEvent(1_000);
  return reconcile(lists.map((list) => ({ ...list, readAt: nowMs })));
}

const isTrueInTheEnd = (put: (lists: FriendList[]) => Promise<unknown>) =>
  fc.asyncProperty(story, async ({ history, arrivals }) => {
    const table = await tableAfter(history, arrivals, put);
    return JSON.stringify(table) === JSON.stringify(truthAfter(history, history.length));
  });

describe("the friends table, with the last lists in it", () => {
  it("is what Tencent knows, whatever was lost, repeated, reordered and repaired before", {
    timeout: 180_000,
  }, async ({ expect }) => {
    const { failed, counterexample } = await fc.check(isTrueInTheEnd(reconcile), {
      ...{ numRuns: 250, seed: 16 },
    });
    expect(counterexample).toBeNull();
    expect(failed).toBe(false);
  });

  it("would not be, if a list counted from when it arrives", { timeout: 180_000 }, async ({
    expect,
  }) => {
    const { failed } = await fc.check(isTrueInTheEnd(reconcileNaively), {
      ...{ numRuns: 250, seed: 16, endOnFailure: true },
    });
    expect(failed).toBe(true);
  });

  it("forgets an older event that is under way only with the next list, where the newer one was lost", async ({
    expect,
  }) => {
    const history = [
      { pair: 0, adds: true, arrives: 1 },
      { pair: 0, adds: false, arrives: 0 },
    ];
    const lists = { readAfter: 2, inTheSameMs: false };
    const arrivals = [lists, { event: 0 }];
    expect(await tableAfter(history, arrivals, reconcile)).toEqual([PAIRS[0]]);
    expect(await tableAfter(history, [...arrivals, lists], reconcile)).toEqual([]);
  });
});
