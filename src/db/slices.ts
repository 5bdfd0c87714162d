import type { Sweep } from "./sweep.ts";

/**
 * Removes the rows whose key begins with less than a value, in slices, the first ones first. Each slice is
 * one short statement, so that writes in between need not wait.
 *
 * @returns how many were removed
 */
export async function removeBefore(
  db: D1Database,
  { name, key }: { name: string; key: readonly string[] },
  before: number,
  { sliceRows, draw }: Sweep,
): Promise<number> {
  const columns = key.join(", ");
  let removed = 0;
  while (draw(1)) {
    const { meta } = await db
      .prepare(`
DELETE FROM ${name} WHERE (${columns}) IN (
  SELECT ${columns} FROM ${name} WHERE ${key[0]} < ?1 ORDER BY ${columns} LIMIT ?2
)`)
      .bind(before, sliceRows)
      .run();
    removed += meta.changes;
    if (meta.changes < sliceRows) break;
  }
  return removed;
}
