import type { Database } from "../databases.ts";
import { jsonRows } from "../json-rows.ts";
import type { MovedTable, Row } from "./tables.ts";

/** The primary key of a row. */
type Key = (string | number)[];

/** Which rows of a table go where. */
export type Move = {
  table: MovedTable;
  from: Database;
  /** The slice begins after this key; undefined: at the beginning. */
  after: Key | undefined;
  /** Only rows that were written at or after this time, in ms of the database; undefined: all. */
  sinceMs: number | undefined;
  /** How many rows of the table the slice passes, moved or not. */
  sliceRows: number;
  /** Where the rows of a user, or of the record, are to be; undefined: they stay. */
  to: (userId: string | undefined) => Database | undefined;
  /** `copy` removes nothing. `move` removes a row once it is where it belongs. `check` writes nothing. */
  how: "copy" | "move" | "check";
};

export type Moved = {
  /** Where the next slice begins; undefined: this was the last. */
  after: Key | undefined;
  /** Rows that belong elsewhere. */
  rows: number;
  /** How many of them are not there, or are older there. */
  behind: number;
  removed: number;
};

/**
 * Brings a slice of a table to where it belongs. A row is what the newest event of its pair says. So a copy
 * is merged like an event: any number of times, while both databases are in use, and the newer of two rows
 * wins. A row is removed only after a read showed that the other database has it as new.
 *
 * @throws what D1 throws; then the same slice can be moved again
 */
export async function moveSlice(move: Move): Promise<Moved> {
  const { table, from, to, how } = move;
  const after = await endOfSlice(move);
  const read = await readSlice(move, after);
  const owner = table.owner === undefined ? -1 : table.columns.indexOf(table.owner);
  const moved = await Promise.all(
    [...Map.groupBy(read, ({ row }) => to(row[owner] as string | undefined))].map(
      async ([database, some]) => {
        if (database === undefined || database === from) return [0, 0, 0] as const;
        const rows = some.map(({ row }) => row);
        if (how !== "check") {
          await inherit(table, from.db, database.db);
          // Rows that still wait for an erasure are not copied. Where the erasure is over, nothing would
          // erase them any more.
          await table.merge(
            database.db,
            some.flatMap(({ row, isErased }) => (isErased ? [] : [row])),
          );
        }
        const missing = await missingIn(table, database.db, rows);
        const there = rows.filter((row) => !missing.has(JSON.stringify(row)));
        const removed = how === "move" ? await remove(table, from.db, there) : 0;
        return [rows.length, missing.size, removed] as const;
      },
    ),
  );
  const sum = (index: 0 | 1 | 2) => moved.reduce((total, each) => total + each[index], 0);
  return { after, rows: sum(0), behind: sum(1), removed: sum(2) };
}

/** The last key of the slice; undefined where fewer rows are left. */
async function endOfSlice({ table, from, after, sliceRows }: Move): Promise<Key | undefined> {
  const key = table.key.join(", ");
  const row = await from.db
    .prepare(
      `SELECT ${key} FROM ${table.name} WHERE ${isBehind(table, after)}
ORDER BY ${key} LIMIT 1 OFFSET ?2`,
    )
    .bind(JSON.stringify(after ?? []), sliceRows - 1)
    .first<Record<string, string | number>>();
  return row === null ? undefined : table.key.map((column) => row[column] as string | number);
}

async function readSlice(
  { table, from, after, sinceMs = 0 }: Move,
  end: Key | undefined,
): Promise<{ row: Row; isErased: boolean }[]> {
  const { results } = await from.db
    .prepare(
      `SELECT ${table.columns.join(", ")}, ${table.erased} AS is_erased FROM ${table.name} WHERE ${isBehind(table, after)}
AND ${end === undefined ? "?2 IS NOT NULL" : `(${table.key}) <= (${tuple(table, "?2")})`}
AND ${table.changed ?? "?3"} >= ?3`,
    )
    .bind(JSON.stringify(after ?? []), JSON.stringify(end ?? []), sinceMs)
    .all<Record<string, string | number | null>>();
  return results.map((row) => ({
    row: table.columns.map((column) => row[column] ?? null),
    isErased: row.is_erased === 1,
  }));
}

/** The rows that a database does not have, or has in an older version, as JSON. */
async function missingIn(
  { name, key, version }: MovedTable,
  db: D1Database,
  rows: readonly Row[],
): Promise<Set<string>> {
  const isAsNew = version === undefined ? "true" : `${version} >= value ->> ${key.length}`;
  const { parameters, source } = jsonRows(rows);
  const { results } = await db
    .prepare(
      `SELECT value AS missing FROM ${source} WHERE NOT EXISTS (
  SELECT 1 FROM ${name}
  WHERE ${key.map((column, index) => `${column} = value ->> ${index}`).join(" AND ")} AND ${isAsNew}
)`,
    )
    .bind(...parameters)
    .all<{ missing: string }>();
  return new Set(results.map(({ missing }) => JSON.stringify(JSON.parse(missing))));
}

/** A row that was written anew in the meantime stays. */
async function remove(
  { name, key, version }: MovedTable,
  db: D1Database,
  rows: readonly Row[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const { parameters, source } = jsonRows(rows);
  const same = version === undefined ? key : [...key, version];
  const { meta } = await db
    .prepare(
      `DELETE FROM ${name}
WHERE (${same}) IN (SELECT ${same.map((_, index) => `value ->> ${index}`)} FROM ${source})`,
    )
    .bind(...parameters)
    .run();
  return meta.changes;
}

/** A caller that syncs must not miss a deletion that the other database has forgotten. */
async function inherit({ list }: MovedTable, from: D1Database, to: D1Database): Promise<void> {
  if (list === undefined) return;
  const changedAt = await from
    .prepare("SELECT changed_at FROM forgotten_changes WHERE list = ?1")
    .bind(list)
    .first<number>("changed_at");
  await to
    .prepare(
      `INSERT INTO forgotten_changes (list, changed_at) VALUES (?1, ?2) ON CONFLICT (list)
DO UPDATE SET changed_at = excluded.changed_at WHERE excluded.changed_at > changed_at`,
    )
    .bind(list, changedAt ?? 0)
    .run();
}

function isBehind(table: MovedTable, after: Key | undefined): string {
  return after === undefined ? "?1 IS NOT NULL" : `(${table.key}) > (${tuple(table, "?1")})`;
}

function tuple({ key }: MovedTable, parameter: string): string {
  return key.map((_, index) => `${parameter} ->> ${index}`).join(", ");
}
