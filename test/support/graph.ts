import { env } from "cloudflare:workers";
import { toOrderKey } from "../../src/events/order-key.ts";
import { apply, blackList, type Directed, friendList } from "./lists.ts";

/** Brings directed friendships into the table. Times are in milliseconds. */
export function added(pairs: readonly Directed[], atMs = 1_000): Promise<number> {
  return apply(friendList, [friendList.added(pairs, toOrderKey(atMs))]);
}

/** Turns directed friendships into tombstones. */
export function deleted(pairs: readonly Directed[], atMs = 2_000): Promise<number> {
  return apply(friendList, [friendList.deleted(pairs, toOrderKey(atMs))]);
}

/** Has the first of each pair block the second. */
export function blocked(pairs: readonly Directed[], atMs = 1_000): Promise<number> {
  return apply(blackList, [blackList.added(pairs, toOrderKey(atMs))]);
}

/** Has the first of each pair block the second no more. */
export function unblocked(pairs: readonly Directed[], atMs = 2_000): Promise<number> {
  return apply(blackList, [blackList.deleted(pairs, toOrderKey(atMs))]);
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
    env.DB.prepare("DELETE FROM blacklist"),
    env.DB.prepare("UPDATE forgotten_changes SET changed_at = 0"),
  ]);
}
