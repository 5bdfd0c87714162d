import { BLACKLIST, FRIENDS, type PairTable } from "./table.ts";

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

/** The period that a page shows; see migrations/0003. The first page ends it. */
const PERIOD = "SELECT current AS period, removed FROM friend_changes WHERE id = 1";
const END_OF_PERIOD = `UPDATE friend_changes SET current = current + 1 WHERE id = 1
RETURNING current - 1 AS period, removed`;

type Period = { period: number; removed: number };

/**
 * A page of whom a user has in the list, in the order of their ids. Rows read: as many as there are
 * on the page and tombstones between them, and on the first page two.
 *
 * @param from where an earlier page ended, and the period in which the first page was read
 */
export async function readListPage<Attributes extends object>(
  db: D1Database,
  table: PairTable<never, Attributes>,
  userId: string,
  from: { period: number; otherId: string } | undefined,
  limit: number,
): Promise<{ period: number; rows: PairRow<Attributes>[] }> {
  const page = db
    .prepare(`${rowsOf(table)} AND deleted_at IS NULL ORDER BY ${table.other} LIMIT ?3`)
    .bind(userId, from?.otherId ?? "", limit);
  // What the list misses while it is read is what changed in a later period than its first page.
  return from === undefined
    ? await readWith(db, END_OF_PERIOD, page)
    : { period: from.period, rows: (await page.all<PairRow<Attributes>>()).results };
}

/**
 * A page of what changed in some periods, both ends included. Rows read: the user's own once,
 * however many pages they make, and two for each page. An index on `change` would read fewer, and
 * be a row more to every write.
 *
 * @param last undefined on the first page, which finds out where the increment ends
 * @returns the period up to which the increment goes, and `removed`: deletions up to this period
 *   are forgotten
 */
export async function readChangesPage<Attributes extends object>(
  db: D1Database,
  table: PairTable<never, Attributes>,
  userId: string,
  { first, last, otherId }: { first: number; last: number | undefined; otherId: string },
  limit: number,
): Promise<Period & { rows: PairRow<Attributes>[] }> {
  const page = db
    .prepare(`${rowsOf(table)} AND change BETWEEN ?3 AND ?4 ORDER BY ${table.other} LIMIT ?5`)
    .bind(userId, otherId, first, last ?? Number.MAX_SAFE_INTEGER, limit);
  const read = await readWith<PairRow<Attributes>>(
    db,
    last === undefined ? END_OF_PERIOD : PERIOD,
    page,
  );
  return { ...read, period: Math.min(last ?? read.period, read.period) };
}

/** One transaction: nothing is written between the period and the page. */
async function readWith<Row>(
  db: D1Database,
  period: typeof PERIOD | typeof END_OF_PERIOD,
  page: D1PreparedStatement,
): Promise<Period & { rows: Row[] }> {
  const [periods, rows] = await db.batch([db.prepare(period), page]);
  const [row] = (periods as D1Result<Period>).results;
  if (row === undefined) throw new Error("friend_changes has no row");
  return { ...row, rows: (rows as D1Result<Row>).results };
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
