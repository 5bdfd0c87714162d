import type { Databases } from "../db/databases.ts";
import { readUserIds } from "../db/pairs/users.ts";
import type { Reader } from "../db/reader.ts";
import type { UsersPage } from "./answers.ts";
import type { UsersQuery } from "./parameters.ts";

/** A page of the users whose friends are known, in the order of their ids; its cursor is the last id. */
export async function readUsers(
  { of, all }: Databases<Reader>,
  { limit, cursor }: UsersQuery,
): Promise<UsersPage> {
  const read = await Promise.all(
    all.map(async (database) => ({ database, ids: await readUserIds(database.db, cursor, limit) })),
  );
  // If a database filled its page, it says nothing about the ids behind the last one.
  const ends = read.flatMap(({ ids }) => (ids.length < limit ? [] : [ids.at(-1) as string]));
  const end =
    ends.length === 0
      ? undefined
      : ends.reduce((one, other) => (isBefore(one, other) ? one : other));
  const known = read.flatMap(({ database, ids }) =>
    ids.filter((id) => of(id) === database && (end === undefined || !isBefore(end, id))),
  );
  const users = known.sort((one, other) => (isBefore(one, other) ? -1 : 1)).slice(0, limit);
  const isLast = end === undefined && known.length <= limit;
  return { users, cursor: isLast ? null : (users.at(-1) ?? end ?? null) };
}

/** The database's order: by the UTF-8 of the ids, and so by their code points. */
function isBefore(one: string, other: string): boolean {
  const [a, b] = [Array.from(one), Array.from(other)];
  const at = a.findIndex((character, index) => character !== b[index]);
  if (at === -1) return a.length < b.length;
  return (a[at]?.codePointAt(0) ?? -1) < (b[at]?.codePointAt(0) ?? -1);
}
