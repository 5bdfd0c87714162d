import { type Moment, type PairRow, readPage } from "../db/pairs/pages.ts";
import type { PairTable } from "../db/pairs/table.ts";
import type { Reader } from "../db/reader.ts";
import { SINCE_OVERLAP_MS } from "../limits.ts";
import type { PairsQuery, Place } from "./parameters.ts";
import { encodeToken } from "./tokens.ts";

/** The parts of a page, for every list. */
type Pairs<Attributes> = {
  ok: true;
  added: (PairRow<Attributes> & { added_at: number })[];
  deleted: (PairRow<Attributes> & { deleted_at: number })[];
  cursor: string | null;
  since: string;
};
/** Deletions since then are no longer known: the list has to be read again. */
type Expired = { ok: false; reason: "since-expired" };
export type PageResult<Page> = { ok: true; page: Page } | Expired;

/**
 * A page of the users in a user's list, in the order of their ids, or of what changed since an earlier
 * reading. Such an increment has all changes, and some that were there already. The next page begins
 * behind the last row's key. So rows that come and go between two pages hide no other row. What changes
 * while pages are read is in the next increment.
 */
export async function readPairs<Attributes extends object>(
  db: Reader,
  table: PairTable<never, Attributes>,
  userId: string,
  { limit, cursor, since }: PairsQuery,
): Promise<Pairs<Attributes> | Expired> {
  const [of, fromMs, begunAt, otherId] = cursor ?? beginningOf(since);
  const isIncrement = of === "changes";
  const { rows, moment } = await readPage(
    db,
    table,
    userId,
    // The later pages of a list do not need the time of the database's clock.
    { otherId, fromMs: isIncrement ? fromMs : undefined, isTimed: isIncrement || !cursor },
    limit,
  );
  if (isIncrement && !(moment && moment.forgotten < fromMs))
    return { ok: false, reason: "since-expired" };
  // A first page is always read with a moment.
  const next = begunAt ?? (moment as Moment).now - SINCE_OVERLAP_MS;
  const end = rows.length < limit ? undefined : rows.at(-1);
  return {
    ok: true,
    added: rows.filter((row) => row.added_at !== null) as Pairs<Attributes>["added"],
    deleted: rows.filter((row) => row.deleted_at !== null) as Pairs<Attributes>["deleted"],
    cursor: end ? encodeToken([of, fromMs, next, end.other_id]) : null,
    since: encodeToken(["since", next]),
  };
}

/** The place of the first page, which has not begun yet. */
function beginningOf(
  since: PairsQuery["since"],
): readonly [of: Place[0], fromMs: number, begunAt: undefined, otherId: string] {
  return since ? ["changes", since[1], undefined, ""] : ["list", 0, undefined, ""];
}
