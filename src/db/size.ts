/** The size of a database in bytes: D1 tells it with every answer. */
export async function readBytes(db: D1Database): Promise<number> {
  const { meta } = await db.prepare("SELECT 1").run();
  return meta.size_after;
}
