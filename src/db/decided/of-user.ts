import type { Reader } from "../reader.ts";
import type { DecidedKey, DecidedName, DecidedRows } from "./tables.ts";

/** Behind every record. */
export const NEWEST: DecidedKey = [Number.MAX_SAFE_INTEGER, "", 0];

/**
 * The records before a place that name a user, the newest first. No index finds them: it would cost one more
 * row for every record. So it looks at some of the newest records before the place. Rows read: these records,
 * three times, because they are numbered to know the last one.
 *
 * @returns the records, and the place up to which it looked; undefined if that is the end
 */
export async function readDecidedOf<Name extends DecidedName>(
  db: Reader,
  name: Name,
  userId: string,
  { before, maxRows, limit }: { before: DecidedKey; maxRows: number; limit: number },
): Promise<{ rows: DecidedRows[Name][]; end: DecidedKey | undefined }> {
  type Row = DecidedRows[Name] & { place: number; is_of_user: number };
  const { results } = await db
    .prepare(`
SELECT *, ?5 IN (responder_id, applicant_id, coalesce(requester_id, '')) AS is_of_user FROM (
  SELECT *, row_number() OVER (ORDER BY at DESC, call_id DESC, item DESC) AS place FROM ${name}
  WHERE (at, call_id, item) < (?1, ?2, ?3) ORDER BY at DESC, call_id DESC, item DESC LIMIT ?4
)
WHERE is_of_user OR place = ?4 ORDER BY place LIMIT ?6`)
    .bind(...before, maxRows, userId, limit)
    .all<Row>();
  const last = results.at(-1);
  const isCut = results.length === limit || last?.place === maxRows;
  return {
    rows: results.filter(({ is_of_user }) => is_of_user === 1),
    end: isCut && last ? [last.at, last.call_id, last.item] : undefined,
  };
}
