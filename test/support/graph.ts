import { env } from "cloudflare:workers";
import { applyFriendsChanged } from "../../src/db/friends/apply.ts";
import type { FriendsChanged } from "../../src/events/kinds.ts";
import { toOrderKey } from "../../src/events/order-key.ts";

type Directed = readonly [userId: string, friendId: string];

/** An event of directed pairs that happened at a time, in milliseconds. */
export function friendsChanged(
  type: FriendsChanged["type"],
  pairs: readonly Directed[],
  atMs: number,
): FriendsChanged {
  return {
    v: 2,
    type,
    orderKey: toOrderKey(atMs),
    source: null,
    adminId: null,
    forced: false,
    pairs: pairs.map(([userId, friendId]) => [userId, friendId, null]),
  };
}

/** Brings directed friendships into the table. */
export function added(pairs: readonly Directed[], atMs = 1_000): Promise<number> {
  return applyFriendsChanged(env.DB, [friendsChanged("friends-added", pairs, atMs)]);
}

/** Turns directed friendships into tombstones. */
export function deleted(pairs: readonly Directed[], atMs = 2_000): Promise<number> {
  return applyFriendsChanged(env.DB, [friendsChanged("friends-deleted", pairs, atMs)]);
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
