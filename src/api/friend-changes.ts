import { watchRecentChanges } from "../db/recent-changes.ts";
import { RECENT_ROWS_MAX } from "../limits.ts";
import type { FriendChanges } from "./moderation-answers.ts";
import type { FriendChangesQuery } from "./moderation-parameters.ts";
import { encodeToken } from "./tokens.ts";

/**
 * Changes of friend lists and blacklists since an earlier reading, or the newest. The Worker keeps changes
 * only while somebody asks.
 */
export async function readFriendChanges(
  db: D1Database,
  { after: place }: FriendChangesQuery,
  nowMs: number,
): Promise<FriendChanges> {
  const after = place?.[0];
  const rows = await watchRecentChanges(db, { after, limit: RECENT_ROWS_MAX, nowMs });
  const end = rows.at(-1)?.seq ?? after ?? 0;
  return {
    changes: rows.flatMap(({ seq, changes }) =>
      changes.map(([type, at, userId, otherId], index) => ({
        ...{ id: `${seq}.${index}`, at, userId, otherId },
        type: type as FriendChanges["changes"][number]["type"],
      })),
    ),
    after: encodeToken([end]),
  };
}
