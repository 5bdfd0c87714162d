import { TICKS_PER_MS, toMs } from "../../events/order-key.ts";
import { type ErasureWalk, erasing } from "../walk.ts";
import { DATABASE_NOW, type PairTable } from "./table.ts";

/**
 * The ids in a user's whole list, tombstones included. In the rows of these, an erasure finds the user at
 * once.
 */
export async function readOtherIds(
  db: D1Database,
  { name, other }: PairTable,
  userId: string,
): Promise<string[]> {
  const { results } = await db
    .prepare(`SELECT ${other} AS id FROM ${name} WHERE user_id = ?1`)
    .bind(userId)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

/**
 * Statements that make tombstones of the rows that a user's id finds in a database. First come the rows in
 * which the users of the list have this user, then the user's own rows. Each returns one row for each row.
 *
 * @param otherIds the users in the user's list
 */
export function eraseOf(
  db: D1Database,
  table: PairTable,
  { userId, otherIds, orderKey }: { userId: string; otherIds: readonly string[]; orderKey: number },
): D1PreparedStatement[] {
  const erase = (condition: string, ...values: unknown[]) =>
    db
      .prepare(`${toTombstones(table, "max(order_key, ?2)", "?3")} AND ${condition} RETURNING 1`)
      .bind(userId, orderKey, toMs(orderKey), ...values);
  return [
    erase(
      `${table.other} = ?1 AND user_id IN (SELECT value FROM json_each(?4))`,
      JSON.stringify(otherIds),
    ),
    erase("user_id = ?1"),
  ];
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
