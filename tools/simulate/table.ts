import * as z from "zod";
import { withParameters } from "../lib/sql.ts";
import type { Pair } from "../tencent/bodies.ts";
import type { Stored } from "./compare.ts";

/** One answer hands over so many rows: some megabytes of JSON. */
const PAGE_ROWS = 20_000;

const OF_PREFIX = "user_id >= ?1 AND user_id < ?1 || char(0x10FFFF)";

const rowSchema = z.object({
  user_id: z.string(),
  friend_id: z.string(),
  initiator_id: z.string().nullable(),
  source: z.string().nullable(),
  admin_id: z.string().nullable(),
  forced: z.literal([0, 1]),
});

/**
 * The friendships in D1 of all users whose ids start with a prefix.
 *
 * @throws what D1 says when the table cannot be read
 */
export async function readTable(db: D1Database, prefix: string): Promise<Stored[]> {
  const stored: Stored[] = [];
  for (;;) {
    const [user, friend]: Pair = stored.at(-1)?.pair ?? ["", ""];
    const { results } = await db
      .prepare(`
SELECT user_id, friend_id, initiator_id, source, admin_id, forced FROM friends
WHERE ${OF_PREFIX} AND deleted_at IS NULL AND (user_id, friend_id) > (?2, ?3)
ORDER BY user_id, friend_id LIMIT ${PAGE_ROWS}`)
      .bind(prefix, user, friend)
      .all();
    stored.push(...results.map(storedOf));
    if (results.length < PAGE_ROWS) return stored;
  }
}

/**
 * The statements that remove what the same users have in every table that callbacks write to. A dead
 * letter is a message as it came: it has the users' ids in its text.
 */
export function removalOf(prefix: string): string {
  return withParameters(
    [
      `DELETE FROM friends WHERE ${OF_PREFIX}`,
      `DELETE FROM friend_responses WHERE ${OF_PREFIX.replaceAll("user_id", "responder_id")}`,
      // A quote begins each id in JSON; as a number, for the statement is pasted between quotes.
      "DELETE FROM dead_letters WHERE instr(body, char(34) || ?1) > 0",
    ].join("; "),
    [prefix],
  );
}

function storedOf(result: unknown): Stored {
  const row = rowSchema.parse(result);
  return {
    pair: [row.user_id, row.friend_id],
    attributes: {
      initiatorId: row.initiator_id,
      source: row.source,
      adminId: row.admin_id,
      forced: row.forced === 1,
    },
  };
}
