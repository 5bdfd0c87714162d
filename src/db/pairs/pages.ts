import type { Reader } from "../reader.ts";
import { BLACKLIST, DATABASE_NOW, FRIENDS, type PairTable } from "./table.ts";

/** A row as pages have it. */
export type PairRow<Attributes> = Attributes & {
  other_id: string;
  added_at: number | null;
  deleted_at: number | null;
};

/** The database's time, and the time up to which deletions of a list are forgotten; see migrations/0013. */
export type Moment = { now: number; forgotten: number };

/**
 * A page of a user's list, or of what was written in it at a time or later, in the order of the others' ids.
 * Rows read for a list: the rows of the page and the tombstones between them. Rows read for what was written:
 * the user's own rows once, for any number of pages. An index on `changed_at` would read fewer, but cost one
 * more row with every write. A moment reads one more row.
 *
 * @param from the page begins after `otherId`; without `fromMs` it is a page of the list
 * @param isTimed whether the moment of the page is asked for
 */
export async function readPage<Attributes extends object>(
  db: Reader,
  { name, other, none }: PairTable<never, Attributes>,
  userId: string,
  { otherId, fromMs, isTimed }: { otherId: string; fromMs: number | undefined; isTimed: boolean },
  limit: number,
): Promise<{ rows: PairRow<Attributes>[]; moment?: Moment | undefined }> {
  const page = db
    .prepare(
      `SELECT ${[`${other} AS other_id`, "added_at", "deleted_at", ...Object.keys(none)]} FROM ${name}
WHERE user_id = ?1 AND ${other} > ?2 AND ${fromMs === undefined ? "deleted_at IS NULL" : "changed_at >= ?4"}
ORDER BY ${other} LIMIT ?3`,
    )
    .bind(userId, otherId, limit, ...(fromMs === undefined ? [] : [fromMs]));
  if (!isTimed) return { rows: (await page.all<PairRow<Attributes>>()).results };
  const moment = db.prepare(
    `SELECT ${DATABASE_NOW} AS now, changed_at AS forgotten FROM forgotten_changes WHERE list = '${name}'`,
  );
  // One transaction: a change that the page does not show yet will have a time not before the page's own.
  const [moments, rows] = await db.batch([moment, page]);
  return {
    rows: (rows as D1Result<PairRow<Attributes>>).results,
    moment: (moments as D1Result<Moment>).results[0],
  };
}

/**
 * Since when each of two users has the other in a list, in milliseconds since the epoch; null if that is not
 * so. It reads at most four rows, in one statement for each of their databases.
 *
 * @param own the database with the user's rows
 * @param others the database with the other user's rows
 */
export async function readBetween(
  own: Reader,
  others: Reader,
  userId: string,
  otherId: string,
): Promise<Between> {
  const [{ addedAt, blockedAt }, { addedBackAt, blockedBackAt }] =
    own === others
      ? await readBetweenIn(own, userId, otherId).then((between) => [between, between] as const)
      : await Promise.all([
          readBetweenIn(own, userId, otherId),
          readBetweenIn(others, userId, otherId),
        ]);
  return { addedAt, addedBackAt, blockedAt, blockedBackAt };
}

/** What one database has. Its rows of a user who belongs to another database do not count. */
async function readBetweenIn(db: Reader, userId: string, otherId: string): Promise<Between> {
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
