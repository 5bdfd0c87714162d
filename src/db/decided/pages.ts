import type { Reader } from "../reader.ts";
import type { DecidedKey, DecidedName, DecidedRows } from "./tables.ts";

/** The partial index is the refused rows in the order of the key. */
const source = (name: DecidedName, onlyRefused: boolean) =>
  `${name} WHERE ${onlyRefused ? "code <> 0" : "true"}`;

/** The newest records, in the order of the key. Rows read: those of the page. */
export async function readNewestDecided<Name extends DecidedName>(
  db: Reader,
  name: Name,
  { onlyRefused, limit }: { onlyRefused: boolean; limit: number },
): Promise<DecidedRows[Name][]> {
  const { results } = await db
    .prepare(
      `SELECT * FROM ${source(name, onlyRefused)} ORDER BY at DESC, call_id DESC, item DESC LIMIT ?1`,
    )
    .bind(limit)
    .all<DecidedRows[Name]>();
  return results.reverse();
}

/** The records behind a key, in its order. Rows read: those of the page. */
export async function readDecidedAfter<Name extends DecidedName>(
  db: Reader,
  name: Name,
  after: DecidedKey,
  { onlyRefused, limit }: { onlyRefused: boolean; limit: number },
): Promise<DecidedRows[Name][]> {
  const { results } = await db
    .prepare(
      `SELECT * FROM ${source(name, onlyRefused)} AND (at, call_id, item) > (?1, ?2, ?3)
ORDER BY at, call_id, item LIMIT ?4`,
    )
    .bind(...after, limit)
    .all<DecidedRows[Name]>();
  return results;
}
