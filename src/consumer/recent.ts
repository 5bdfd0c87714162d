import { noteRecentChanges, type RecentChange } from "../db/recent-changes.ts";
import type { BlacklistChanged, FriendsChanged } from "../events/kinds.ts";
import { toMs } from "../events/order-key.ts";
import { RECENT_CHANGES_MAX, RECENT_TIMEOUT_MS, WATCH_CHECK_MS } from "../limits.ts";
import { errorName, log } from "../log.ts";
import { withTimeout } from "../timeout.ts";

/** The last time that each database was asked who watches, and nobody did. */
const unwatchedAt = new WeakMap<D1Database, number>();

/**
 * Keeps changes for people who watch them in the console. If nobody watches, the database is left alone for
 * some seconds. The changes are applied and safe by then, so a failure here is only logged.
 */
export async function noteRecent(
  events: readonly (FriendsChanged | BlacklistChanged)[],
  db: D1Database,
): Promise<void> {
  const nowMs = Date.now();
  if (nowMs - (unwatchedAt.get(db) ?? 0) < WATCH_CHECK_MS) return;
  const changes = events.flatMap(({ type, orderKey, pairs }) =>
    pairs.map(([userId, otherId]): RecentChange => [type, toMs(orderKey), userId, otherId]),
  );
  try {
    // People read this live. Of thousands of changes at once they see the last ones.
    const shown = changes.slice(-RECENT_CHANGES_MAX);
    const isWatched = await withTimeout(RECENT_TIMEOUT_MS, () =>
      noteRecentChanges(db, shown, nowMs),
    );
    if (!isWatched) unwatchedAt.set(db, nowMs);
  } catch (error) {
    log("failed", { reason: "not-shown", error: errorName(error) });
  }
}
