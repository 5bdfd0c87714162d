import type { PairsChanged } from "../../src/db/pairs/table.ts";
import type { Row } from "./lists.ts";

/** Milliseconds of an order key: its lowest ten bits count what arrived within one. */
const VERSIONS_PER_MS = 1_024;

/**
 * What a table of pairs has to hold after some events, said as plainly as possible: of each pair's
 * rows the last one, in the order of order key, deletion, and attributes.
 */
export class PairsModel {
  readonly #rows = new Map<string, Row>();

  apply(event: PairsChanged): void {
    for (const pair of event.pairs) {
      const row = rowOf(event, pair);
      const key = JSON.stringify([row.user_id, row.other_id]);
      const rows = [row, this.#rows.get(key) ?? row];
      this.#rows.set(key, rows.sort(compareRows)[1] as Row);
    }
  }

  /** In the order in which `stored` reads the table. */
  rows(): Row[] {
    return [...this.#rows.values()].sort(
      (a, b) => compareText(a.user_id, b.user_id) || compareText(a.other_id, b.other_id),
    );
  }
}

function rowOf(event: PairsChanged, pair: PairsChanged["pairs"][number]): Row {
  const at = Math.floor(event.orderKey / VERSIONS_PER_MS);
  const isAdded = event.type === "friends-added" || event.type === "blacklist-added";
  const row = {
    user_id: pair[0],
    other_id: pair[1],
    order_key: event.orderKey,
    added_at: isAdded ? at : null,
    deleted_at: isAdded ? null : at,
  };
  switch (event.type) {
    case "friends-added":
      return {
        ...row,
        initiator_id: pair[2] ?? null,
        source: event.source,
        admin_id: event.adminId,
        forced: event.forced ? 1 : 0,
      };
    case "friends-deleted":
      return { ...row, initiator_id: null, source: null, admin_id: null, forced: 0 };
    default:
      return row;
  }
}

function compareRows(a: Row, b: Row): number {
  return (
    a.order_key - b.order_key ||
    Number(a.added_at === null) - Number(b.added_at === null) ||
    compareText(a.initiator_id ?? "", b.initiator_id ?? "") ||
    compareText(a.source ?? "", b.source ?? "") ||
    compareText(a.admin_id ?? "", b.admin_id ?? "") ||
    (a.forced ?? 0) - (b.forced ?? 0)
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
