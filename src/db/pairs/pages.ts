import { SINCE_OVERLAP_MS } from "../../limits.ts";
import { BLACKLIST, DATABASE_NOW, FRIENDS, type PairTable } from "./table.ts";

/** A row as pages have it. */
export type PairRow<Attributes> = Attributes & {
  other_id: string;
  added_at: number | null;
  deleted_at: number | null;
};

/** What a page reads, from behind a row of the user's on. */
const rowsOf = ({ name, other, none }: PairTable) => `
SELECT ${[`${other} AS other_id`, "added_at", "deleted_at", ...Object.keys(none)]}
FROM ${name} WHERE user_id = ?1 AND ${other} > ?2`;

/** What a reading of a list begins with: the database's time, and up to when deletions are forgotten. */
type Moment = { now: number; forgotten: number };
const momentOf = ({ name }: PairTable) => `
SELECT ${DATABASE_NOW} AS now, changed_at AS forgotten FROM forgotten_changes WHERE list = '${name}'`;

/**
 * A page of whom a user has in the list, in the order of their ids. Rows read: as many as there are
 * on the page and tombstones between them, and one on the first page.
 *
 * @param from where an earlier page ended, and the token that its reading began with
 * @returns `since`: the token for what changes from the first page on
 */
export async function readListPage<Attributes extends object>(
  db: D1Database,
  table: PairTable<never, Attributes>,
  userId: string,
  from: { since: number; otherId: string } | undefined,
  limit: number,
): Promise<{ since: number; rows: PairRow<Attributes>[] }> {
  const page = db
    .prepare(`${rowsOf(table)} AND deleted_at IS NULL ORDER BY ${table.other} LIMIT ?3`)
    .bind(userId, from?.otherId ?? "", limit);
  return from === undefined
    ? await readWithMoment<PairRow<Attributes>>(db, table, page)
    : { since: from.since, rows: (await page.all<PairRow<Attributes>>()).results };
}

/**
 * A page of what was written at a time or later. Rows read: the user's own once, however many pages
 * they make, and two for each page. An index on `changed_at` would read fewer, and be a row more to
 * every write.
 *
 * @returns `since`: the token for what changes from this page on; `forgotten`: deletions up to this
 *   time are no longer known
 */
export async function readChangesPage<Attributes extends object>(
  db: D1Database,
  table: PairTable<never, Attributes>,
  userId: string,
  { fromMs, otherId }: { fromMs: number; otherId: string },
  limit: number,
): Promise<{ since: number; forgotten: number; rows: PairRow<Attributes>[] }> {
  const page = db
    .prepare(`${rowsOf(table)} AND changed_at >= ?3 ORDER BY ${table.other} LIMIT ?4`)
    .bind(userId, otherId, fromMs, limit);
  return readWithMoment<PairRow<Attributes>>(db, table, page);
}

/** One transaction: what the page does not show yet will have a time that is not before its own. */
async function readWithMoment<Row>(
  db: D1Database,
  table: PairTable,
  page: D1PreparedStatement,
): Promise<{ since: number; forgotten: number; rows: Row[] }> {
  const [moments, rows] = await db.batch([db.prepare(momentOf(table)), page]);
  const [moment] = (moments as D1Result<Moment>).results;
  if (moment === undefined) throw new Error("forgotten_changes lacks a list");
  const { now, forgotten } = moment;
  return { since: now - SINCE_OVERLAP_MS, forgotten, rows: (rows as D1Result<Row>).results };
}

/**
 * Since when each of two users has the other in a list, in milliseconds since the epoch; null where
 * that is not so. Four rows are read at most.
 */
export async function readBetween(
  db: D1Database,
  userId: string,
  otherId: string,
): Promise<Between> {
  const addedAt = ({ name, other }: PairTable, one: string, two: string) =>
    `(SELECT added_at FROM ${name} WHERE user_id = ${one} AND ${other} = ${two})`;
  const row = await db
    .prepare(
      `SELECT ${addedAt(FRIENDS, "?1", "?2")} AS addedAt, ${addedAt(FRIENDS, "?2", "?1")} AS addedBackAt,
  ${addedAt(BLACKLIST, "?1", "?2")} AS blockedAt, ${addedAt(BLACKLIST, "?2", "?1")} AS blockedBackAt`,
    )
    .bind(userId, otherId)
    .first<Between>();
  // A SELECT without a FROM always has a row.
  return row as Between;
}

type Between = Record<"addedAt" | "addedBackAt" | "blockedAt" | "blockedBackAt", number | null>;
