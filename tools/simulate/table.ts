import * as z from "zod";
import { runWrangler } from "../lib/wrangler.ts";
import type { Pair } from "../tencent/bodies.ts";
import type { Stored } from "./compare.ts";

/** One run of wrangler hands over so many rows: some megabytes of JSON. */
const PAGE_ROWS = 20_000;

const rowSchema = z.object({
  user_id: z.string(),
  friend_id: z.string(),
  initiator_id: z.string().nullable(),
  source: z.string().nullable(),
  admin_id: z.string().nullable(),
  forced: z.literal([0, 1]),
});
const answerSchema = z.tuple([z.object({ results: z.array(rowSchema) })]);

/**
 * The friendships in D1 of all users whose ids start with a prefix.
 *
 * @param where wrangler's flags: `--local` or `--remote`, and perhaps `--persist-to`
 * @throws with wrangler's words when the table cannot be read
 */
export async function readTable(prefix: string, where: readonly string[]): Promise<Stored[]> {
  const stored: Stored[] = [];
  for (;;) {
    const sql = pageSql(prefix, stored.at(-1)?.pair);
    const json = await runWrangler(["d1", "execute", "DB", ...where, "--json", "--command", sql]);
    const [{ results }] = answerSchema.parse(JSON.parse(json));
    stored.push(...results.map(storedOf));
    if (results.length < PAGE_ROWS) return stored;
  }
}

/** The rows of the users whose ids start with a prefix, by the primary key. */
export function ofPrefix(prefix: string): string {
  return `user_id >= '${prefix}' AND user_id < '${prefix}' || char(0x10FFFF)`;
}

function pageSql(prefix: string, last: Pair | undefined): string {
  const behind = last ? `AND (user_id, friend_id) > (${last.map(quoted).join(", ")})` : "";
  return `SELECT user_id, friend_id, initiator_id, source, admin_id, forced FROM friends
    WHERE ${ofPrefix(prefix)} AND deleted_at IS NULL ${behind}
    ORDER BY user_id, friend_id LIMIT ${PAGE_ROWS}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function storedOf(row: z.output<typeof rowSchema>): Stored {
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
