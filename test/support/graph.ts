import { env } from "cloudflare:workers";
import { EVENT_VERSION, type FriendsChanged } from "../../src/friends/event.ts";
import { orderKeyAt } from "../../src/friends/order-key.ts";
import { applyEvents } from "../../src/friends/table.ts";

type Directed = readonly [userId: string, friendId: string];

/** An event of directed pairs that happened at a time, in milliseconds. */
export function friendsChanged(
  type: FriendsChanged["type"],
  pairs: readonly Directed[],
  atMs: number,
): FriendsChanged {
  return {
    v: EVENT_VERSION,
    type,
    version: orderKeyAt(atMs),
    source: null,
    adminId: null,
    forced: false,
    pairs: pairs.map(([userId, friendId]) => [userId, friendId, null]),
  };
}

/** Brings directed friendships into the table. */
export function added(pairs: readonly Directed[], atMs = 1_000): Promise<number> {
  return applyEvents(env.DB, [friendsChanged("friends-added", pairs, atMs)]);
}

/** Turns directed friendships into tombstones. */
export function deleted(pairs: readonly Directed[], atMs = 2_000): Promise<number> {
  return applyEvents(env.DB, [friendsChanged("friends-deleted", pairs, atMs)]);
}

/** Both directions of each pair. */
export function mutual(...pairs: readonly Directed[]): Directed[] {
  return pairs.flatMap(([a, b]): Directed[] => [
    [a, b],
    [b, a],
  ]);
}

/** As a new database is; a run of a property takes long when it makes one each time. */
export async function forgetEverything(): Promise<void> {
  await env.DB.batch([
    env.DB.prepare("DELETE FROM friends"),
    env.DB.prepare("UPDATE friend_changes SET removed = 0, current = 1"),
  ]);
}
