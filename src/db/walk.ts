import { TICKS_PER_MS } from "../events/order-key.ts";

/** A table that an erasure walks through, along its primary key. */
export type ErasureWalk = {
  table: string;
  key: readonly string[];
  /** A key before every other, as a JSON array. */
  start: string;
  /** The statement that erases what `erasing` finds. An AND and a slice of keys follow it. */
  erase: string;
};

/**
 * A condition: an erasure at this place (?1 the table, ?2 the position) is about one of the ids, and
 * is newer than the row.
 */
export function erasing(ids: string, orderKey: string): string {
  return `EXISTS (
  SELECT 1 FROM erasures
  WHERE user_id IN (${ids}) AND walking = ?1 AND position = ?2 AND erasures.order_key >= ${orderKey}
)`;
}

/**
 * A condition: an erasure that has not ended, at any place, is about one of the ids, and is newer than the
 * row.
 */
export function toBeErased(ids: string, orderKey: string): string {
  return `EXISTS (
  SELECT 1 FROM erasures WHERE user_id IN (${ids}) AND erasures.order_key >= ${orderKey}
)`;
}

/** SQL for the order key of a column in milliseconds. */
export function orderKeyOf(column: string): string {
  return `${column} * ${TICKS_PER_MS}`;
}
