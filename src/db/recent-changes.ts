import { WATCH_MS, WATCH_RENEW_MS } from "../limits.ts";

/** A change of a friend list or a blacklist. */
export type RecentChange = [type: string, at: number, userId: string, otherId: string];

/** Changes that were applied together, with their number. */
export type RecentRow = { seq: number; changes: RecentChange[] };

/**
 * Keeps changes for those who watch. One statement. If nobody watches, it reads a row and writes none.
 *
 * @returns whether somebody watches
 */
export async function noteRecentChanges(
  db: D1Database,
  changes: readonly RecentChange[],
  nowMs: number,
): Promise<boolean> {
  const { meta } = await db
    .prepare(`
INSERT INTO recent_changes (seq, changes)
SELECT max(?1, 1 + coalesce((SELECT max(seq) FROM recent_changes), 0)), ?2
WHERE EXISTS (SELECT 1 FROM watches WHERE id = 1 AND until > ?1)`)
    .bind(nowMs, JSON.stringify(changes))
    .run();
  return meta.changes > 0;
}

/**
 * Reads the changes that were kept after a number, or the newest ones, in their order. It also notes, for two
 * minutes, that somebody watches. A note of the last minute is as good as a new one.
 */
export async function watchRecentChanges(
  db: D1Database,
  { after, limit, nowMs }: { after: number | undefined; limit: number; nowMs: number },
): Promise<RecentRow[]> {
  const [, rows] = await db.batch<{ seq: number; changes: string }>([
    db
      .prepare(`
INSERT INTO watches (id, until) VALUES (1, ?1)
ON CONFLICT (id) DO UPDATE SET until = excluded.until WHERE until < ?2`)
      .bind(nowMs + WATCH_MS, nowMs + WATCH_MS - WATCH_RENEW_MS),
    after === undefined
      ? db
          .prepare(
            `SELECT * FROM (SELECT seq, changes FROM recent_changes ORDER BY seq DESC LIMIT ?1)
ORDER BY seq`,
          )
          .bind(limit)
      : db
          .prepare("SELECT seq, changes FROM recent_changes WHERE seq > ?1 ORDER BY seq LIMIT ?2")
          .bind(after, limit),
  ]);
  return (rows?.results ?? []).map(({ seq, changes }) => ({ seq, changes: JSON.parse(changes) }));
}

/** @returns how many rows were removed */
export async function removeOldRecentChanges(db: D1Database, beforeMs: number): Promise<number> {
  const { meta } = await db
    .prepare("DELETE FROM recent_changes WHERE seq < ?1")
    .bind(beforeMs)
    .run();
  return meta.changes;
}
