import { TICKS_PER_MS, toMs } from "../../events/order-key.ts";
import { type ErasureWalk, erasing } from "../walk.ts";
import { DATABASE_NOW, type PairTable } from "./table.ts";

/**
 * Statements that turn into tombstones what a user's id finds: the rows in which those whom the user
 * has in the list have the user, and the user's own. Each gives a row for a row.
 */
export function eraseOf(
  db: D1Database,
  table: PairTable,
  userId: string,
  orderKey: number,
): D1PreparedStatement[] {
  const { name, other } = table;
  return [
    `${other} = ?1 AND user_id IN (SELECT ${other} FROM ${name} WHERE user_id = ?1)`,
    "user_id = ?1",
  ].map((condition) =>
    db
      .prepare(`${toTombstones(table, "max(order_key, ?2)", "?3")} AND ${condition} RETURNING 1`)
      .bind(userId, orderKey, toMs(orderKey)),
  );
}

/** Rows of others that point to the users who are erased. */
export function walkOf(table: PairTable): ErasureWalk {
  const { name, other } = table;
  const orderKey = `(SELECT erasures.order_key FROM erasures WHERE user_id = ${other})`;
  return {
    table: name,
    key: ["user_id", other],
    start: '["",""]',
    erase: `
${toTombstones(table, orderKey, `${orderKey} / ${TICKS_PER_MS}`)}
AND ${erasing(`${name}.${other}`, `${name}.order_key`)}`,
  };
}

/** A tombstone keeps its key, its order key and its time, and nothing else. */
function toTombstones<Attributes extends object>(
  { name, none }: PairTable<never, Attributes>,
  orderKey: string,
  deletedAt: string,
): string {
  const nothing = Object.entries(none)
    .map(([column, value]) => `${column} = ${value}, `)
    .join("");
  return `
UPDATE ${name} SET order_key = ${orderKey}, added_at = NULL, deleted_at = ${deletedAt},
  ${nothing}changed_at = ${DATABASE_NOW}
WHERE deleted_at IS NULL`;
}
