import { HTTPException } from "hono/http-exception";
import type { Databases } from "../db/databases.ts";
import type { FriendList } from "../db/pairs/drift.ts";
import { compareLists, repair } from "../db/pairs/lists.ts";
import { problem } from "../http/problem.ts";
import { LISTS_MAX_ROWS } from "../limits.ts";
import { log } from "../log.ts";
import type { Reconciled } from "./answers.ts";
import type { ListsQuery } from "./parameters.ts";

const TOO_MANY_ROWS = "The table has too many rows of these users: send fewer lists.";

/**
 * Compares lists that were read at Tencent with the table, and repairs the table.
 *
 * @throws HTTPException where the table has too many rows of these users
 */
export async function reconcile(
  { of }: Pick<Databases, "of">,
  lists: readonly FriendList[],
  query: ListsQuery,
): Promise<Reconciled> {
  const drifts = await Promise.all(
    [...Map.groupBy(lists, ({ userId }) => of(userId))].map(async ([{ db }, some]) => {
      const drift = await compareLists(db, some, LISTS_MAX_ROWS);
      if (drift === undefined)
        throw new HTTPException(400, { message: TOO_MANY_ROWS, res: problem(400, TOO_MANY_ROWS) });
      return { db, drift };
    }),
  );
  const dryRun = query.dryRun === "true";
  const repaired = dryRun
    ? []
    : await Promise.all(drifts.map(({ db, drift }) => repair(db, drift)));
  const missing = drifts.flatMap(({ drift }) => drift.missing);
  const extra = drifts.flatMap(({ drift }) => drift.extra);
  const counts = {
    users: lists.length,
    friends: sum(drifts.map(({ drift }) => drift.friends)),
    missing: missing.length,
    extra: extra.length,
    repaired: sum(repaired),
    unchanged: sum(drifts.map(({ drift }) => drift.unchanged)),
  };
  log("reconciled", { ...counts, dryRun });
  return {
    ...counts,
    ...(query.report && { pairs: { missing: missing.map(pairOf), extra: extra.map(pairOf) } }),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function pairOf({ userId, friendId }: { userId: string; friendId: string }) {
  return { userId, friendId };
}
