/**
 * Removes rows whose key begins with less than a value, the first ones first, in slices: each is one short
 * statement, so that what is written in between need not wait.
 *
 * @returns how many were removed
 */
export async function removeBefore(
  db: D1Database,
  { name, key }: { name: string; key: readonly string[] },
  before: number,
  { sliceRows, maxSlices }: { sliceRows: number; maxSlices: number },
): Promise<number> {
  const columns = key.join(", ");
  let removed = 0;
  for (let slice = 0; slice < maxSlices; slice++) {
    const { results } = await db
      .prepare(`
DELETE FROM ${name} WHERE (${columns}) IN (
  SELECT ${columns} FROM ${name} WHERE ${key[0]} < ?1 ORDER BY ${columns} LIMIT ?2
) RETURNING 1`)
      .bind(before, sliceRows)
      .run();
    removed += results.length;
    if (results.length < sliceRows) break;
  }
  return removed;
}
