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
 * reading: all of it, and some that was there already. Pages go on behind the last row's key, so rows
 * that come and go in between hide no other one; what changes while pages are read is in the next
 * increment.
 */
export async function readPairs<Attributes extends object>(
  db: D1Database,
  table: PairTable<never, Attributes>,
  userId: string,
  { limit, cursor, since }: PairsQuery,
): Promise<Pairs<Attributes> | Expired> {
  if (cursor !== undefined) {
    const [of, fromMs, next, otherId] = cursor;
    return of === "changes"
      ? readChanges(db, table, userId, { fromMs, next, otherId }, limit)
      : readList(db, table, userId, { since: next, otherId }, limit);
  }
  if (since !== undefined) {
    const range = { fromMs: since[1], next: undefined, otherId: "" };
    return readChanges(db, table, userId, range, limit);
  }
  return readList(db, table, userId, undefined, limit);
}

async function readList<Attributes extends object>(
  db: D1Database,
  table: PairTable<never, Attributes>,
  userId: string,
  from: { since: number; otherId: string } | undefined,
  limit: number,
): Promise<Pairs<Attributes>> {
  const { since, rows } = await readListPage(db, table, userId, from, limit);
  return pairsOf(rows, limit, ["list", since, since]);
}

async function readChanges<Attributes extends object>(
  db: D1Database,
  table: PairTable<never, Attributes>,
  userId: string,
  range: { fromMs: number; next: number | undefined; otherId: string },
  limit: number,
): Promise<Pairs<Attributes> | Expired> {
  const { since, forgotten, rows } = await readChangesPage(db, table, userId, range, limit);
  return forgotten >= range.fromMs
    ? { ok: false, reason: "since-expired" }
    : pairsOf(rows, limit, ["changes", range.fromMs, range.next ?? since]);
}

/** @param place of the page but for its last row */
function pairsOf<Attributes extends object>(
  rows: PairRow<Attributes>[],
  limit: number,
  [of, fromMs, next]: [Place[0], number, number],
): Pairs<Attributes> {
  const end = rows.length < limit ? undefined : rows.at(-1);
  return {
    ok: true,
    added: rows.filter((row) => row.added_at !== null) as Pairs<Attributes>["added"],
    deleted: rows.filter((row) => row.deleted_at !== null) as Pairs<Attributes>["deleted"],
    cursor: end ? encodeToken([of, fromMs, next, end.other_id]) : null,
    since: encodeToken(["since", next]),
  };
}
