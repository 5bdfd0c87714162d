import type { Databases } from "../db/databases.ts";
import { BLACKLIST } from "../db/pairs/table.ts";
import type { Reader } from "../db/reader.ts";
import type { BlacklistPage } from "./answers.ts";
import { type PageResult, readPairs } from "./pairs.ts";
import type { PairsQuery } from "./parameters.ts";

/** A page of the users in a user's blacklist, or of what changed since an earlier reading. */
export async function readBlacklist(
  { of }: Databases<Reader>,
  userId: string,
  query: PairsQuery,
): Promise<PageResult<BlacklistPage>> {
  const read = await readPairs(of(userId).db, BLACKLIST, userId, query);
  if (!read.ok) return read;
  const { added, deleted, cursor, since } = read;
  const blacklist = added.map((row) => ({ blockedId: row.other_id, addedAt: row.added_at }));
  const gone = deleted.map((row) => ({ blockedId: row.other_id, deletedAt: row.deleted_at }));
  return { ok: true, page: { blacklist, deleted: gone, cursor, since } };
}
