import { HTTPException } from "hono/http-exception";
import type { FriendList } from "../db/pairs/drift.ts";
import { compareLists, repair } from "../db/pairs/lists.ts";
import { problem } from "../http/problem.ts";
import { LISTS_MAX_ROWS } from "../limits.ts";
import { log } from "../log.ts";
import type { Reconciled } from "./answers.ts";
import type { ListsQuery } from "./parameters.ts";

const TOO_MANY_ROWS = "The table has too many rows of these users: send fewer lists.";

/**
 * Holds lists that were read at Tencent against the table, and repairs it.
 *
 * @throws HTTPException where the table has too many rows of these users
 */
export async function reconcile(
  db: D1Database,
  lists: readonly FriendList[],
  query: ListsQuery,
): Promise<Reconciled> {
  const drift = await compareLists(db, lists, LISTS_MAX_ROWS);
  if (drift === undefined)
    throw new HTTPException(400, { message: TOO_MANY_ROWS, res: problem(400, TOO_MANY_ROWS) });
  const dryRun = query.dryRun === "true";
  const counts = {
    users: lists.length,
    friends: drift.friends,
    missing: drift.missing.length,
    extra: drift.extra.length,
    repaired: dryRun ? 0 : await repair(db, drift),
    unchanged: drift.unchanged,
  };
  log("reconciled", { ...counts, dryRun });
  const { missing, extra } = drift;
  return {
    ...counts,
    ...(query.report && { pairs: { missing: missing.map(pairOf), extra: extra.map(pairOf) } }),
  };
}

function pairOf({ userId, friendId }: { userId: string; friendId: string }) {
  return { userId, friendId };
}
