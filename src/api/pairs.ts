import { type PairRow, readChangesPage, readListPage } from "../db/pairs/pages.ts";
import type { PairTable } from "../db/pairs/table.ts";
import type { PairsQuery, Place } from "./parameters.ts";
import { encodeToken } from "./tokens.ts";

/** What the pages of all lists are made of. */
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
 * A page of whom a user has in a list, in the order of their ids, or of what changed since an earlier
 * reading. Pages go on behind the last row's key, so rows that come and go in between neither
 * repeat nor hide another one; what changes while pages are read is in the next increment.
 */
export async function readPairs<Attributes extends object>(
  db: D1Database,
  table: PairTable<never, Attributes>,
  userId: string,
  { limit, cursor, since }: PairsQuery,
): Promise<Pairs<Attributes> | Expired> {
  if (cursor !== undefined) {
    const [of, first, last, otherId] = cursor;
    return of === "changes"
      ? readChanges(db, table, userId, { first, last, otherId }, limit)
      : readList(db, table, userId, { period: first, otherId }, limit);
  }
  if (since !== undefined) {
    const range = { first: since[1], last: undefined, otherId: "" };
    return readChanges(db, table, userId, range, limit);
  }
  return readList(db, table, userId, undefined, limit);
}

async function readList<Attributes extends object>(
  db: D1Database,
  table: PairTable<never, Attributes>,
  userId: string,
  from: { period: number; otherId: string } | undefined,
  limit: number,
): Promise<Pairs<Attributes>> {
  const { period, rows } = await readListPage(db, table, userId, from, limit);
  return pairsOf(rows, limit, ["list", period, period]);
}

async function readChanges<Attributes extends object>(
  db: D1Database,
  table: PairTable<never, Attributes>,
  userId: string,
  range: { first: number; last: number | undefined; otherId: string },
  limit: number,
): Promise<Pairs<Attributes> | Expired> {
  const { period, removed, rows } = await readChangesPage(db, table, userId, range, limit);
  return removed >= range.first
    ? { ok: false, reason: "since-expired" }
    : pairsOf(rows, limit, ["changes", range.first, period]);
}

/** @param place of the page but for its last row */
function pairsOf<Attributes extends object>(
  rows: PairRow<Attributes>[],
  limit: number,
  [of, first, last]: [Place[0], number, number],
): Pairs<Attributes> {
  const end = rows.length < limit ? undefined : rows.at(-1);
  return {
    ok: true,
    added: rows.filter((row) => row.added_at !== null) as Pairs<Attributes>["added"],
    deleted: rows.filter((row) => row.deleted_at !== null) as Pairs<Attributes>["deleted"],
    cursor: end ? encodeToken([of, first, last, end.other_id]) : null,
    since: encodeToken(["since", last + 1]),
  };
}
