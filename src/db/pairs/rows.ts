import { toMs } from "../../events/order-key.ts";
import { jsonRows } from "../json-rows.ts";
import { DATABASE_NOW, type PairTable } from "./table.ts";

/** A row as an event or a list makes it: the columns in the order of the statement below. */
export type Row = [
  userId: string,
  otherId: string,
  orderKey: number,
  addedAt: number | null,
  deletedAt: number | null,
  ...attributes: unknown[],
];

/**
 * A row is what the newest event of its pair says. The greatest order key wins. A deletion wins over an
 * addition of the same order key. Attributes are compared last. So every order of the same events ends in the
 * same row. One statement for any number of pairs. A row is written only if it changes, and then with the
 * database's time (migrations/0013).
 *
 * @returns how many rows were written
 * @throws what D1 throws; then nothing was written
 */
export async function writeRows(
  db: D1Database,
  table: PairTable,
  rows: readonly Row[],
): Promise<number> {
  if (rows.length === 0) return 0;
  // The newest first: a pair that changes twice in a batch is written once.
  const { parameters, source } = jsonRows(rows.toSorted((a, b) => b[2] - a[2]));
  const { meta } = await db
    .prepare(upsertFrom(table, source))
    .bind(...parameters)
    .run();
  return meta.rows_written;
}

/** @param addedAt null for a pair that was deleted */
export function rowOf<Attributes extends object>(
  { none }: PairTable<never, Attributes>,
  [userId, otherId]: readonly [userId: string, otherId: string, ...unknown[]],
  orderKey: number,
  addedAt: number | null,
  attributes: Attributes = none,
): Row {
  return [
    userId,
    otherId,
    orderKey,
    addedAt,
    addedAt === null ? toMs(orderKey) : null,
    ...(Object.keys(none) as (keyof Attributes)[]).map((column) => attributes[column]),
  ];
}

function upsertFrom({ name, other, none }: PairTable, source: string): string {
  const content = ["order_key", "added_at", "deleted_at", ...Object.keys(none)];
  const columns = ["user_id", other, ...content];
  // These columns tell which of two rows of a pair is the newer one.
  const deciding = content.filter((column) => column !== "added_at");
  const orderOf = (row: string) => deciding.map((column) => `ifnull(${row}.${column}, -1)`);
  return `
INSERT INTO ${name} (${columns}, changed_at)
SELECT ${columns.map((_, index) => `value ->> ${index}`)}, ${DATABASE_NOW}
FROM ${source}
WHERE true
ON CONFLICT (user_id, ${other}) DO UPDATE SET
  ${[...content, "changed_at"].map((column) => `${column} = excluded.${column}`)}
WHERE (${orderOf("excluded")}) > (${orderOf(name)})`;
}
