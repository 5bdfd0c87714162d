import type { FriendsChanged } from "../../src/events/kinds.ts";
import type { FriendRow } from "./worker.ts";

/** Milliseconds of an order key: its lowest ten bits count what arrived within one. */
const VERSIONS_PER_MS = 1_024;

/**
 * What the friends table has to hold after some events, said as plainly as possible: of each
 * pair's rows the last one, in the order of order key, deletion, and attributes.
 */
export class FriendsModel {
  readonly #rows = new Map<string, FriendRow>();

  apply(event: FriendsChanged): void {
    for (const [userId, friendId, initiatorId] of event.pairs) {
      const row = rowOf(event, userId, friendId, initiatorId);
      const pair = JSON.stringify([userId, friendId]);
      const rows = [row, this.#rows.get(pair) ?? row];
      this.#rows.set(pair, rows.sort(compareRows)[1] as FriendRow);
    }
  }

  /** In the order in which `storedFriends` reads the table. */
  rows(): FriendRow[] {
    return [...this.#rows.values()].sort(
      (a, b) => compareText(a.user_id, b.user_id) || compareText(a.friend_id, b.friend_id),
    );
  }
}

function rowOf(
  event: FriendsChanged,
  user_id: string,
  friend_id: string,
  initiator_id: string | null,
): FriendRow {
  const at = Math.floor(event.orderKey / VERSIONS_PER_MS);
  const row = { user_id, friend_id, order_key: event.orderKey };
  return event.type === "friends-deleted"
    ? {
        ...row,
        added_at: null,
        deleted_at: at,
        initiator_id: null,
        source: null,
        admin_id: null,
        forced: 0,
      }
    : {
        ...row,
        added_at: at,
        deleted_at: null,
        initiator_id,
        source: event.source,
        admin_id: event.adminId,
        forced: event.forced ? 1 : 0,
      };
}

function compareRows(a: FriendRow, b: FriendRow): number {
  return (
    a.order_key - b.order_key ||
    Number(a.added_at === null) - Number(b.added_at === null) ||
    compareText(a.initiator_id ?? "", b.initiator_id ?? "") ||
    compareText(a.source ?? "", b.source ?? "") ||
    compareText(a.admin_id ?? "", b.admin_id ?? "") ||
    a.forced - b.forced
  );
}

/** By code points, which is the order of the UTF-8 bytes. */
function compareText(a: string, b: string): number {
  const [pointsA, pointsB] = [Array.from(a), Array.from(b)];
  for (let at = 0; at < Math.min(pointsA.length, pointsB.length); at++) {
    const difference = (pointsA[at]?.codePointAt(0) ?? 0) - (pointsB[at]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return pointsA.length - pointsB.length;
}
