import { readUserIds } from "../db/pairs/users.ts";
import type { Reader } from "../db/reader.ts";
import type { UsersPage } from "./answers.ts";
import type { UsersQuery } from "./parameters.ts";

/** A page of the users whose friends are known, in the order of their ids; its cursor is the last id. */
export async function readUsers(db: Reader, { limit, cursor }: UsersQuery): Promise<UsersPage> {
  const users = await readUserIds(db, cursor, limit);
  return { users, cursor: users.length < limit ? null : (users.at(-1) ?? null) };
}
