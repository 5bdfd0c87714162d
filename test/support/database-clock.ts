import { env } from "cloudflare:workers";
import { decodeToken, encodeToken } from "../../src/api/tokens.ts";
import { LISTS } from "./lists.ts";

/**
 * A database's clock cannot be set. What was written is made so much older instead, and with `earlier`
 * the tokens that were given out: to all that compares times this is the same. A negative number sets
 * the clock back.
 */
export async function passTime(ms: number): Promise<void> {
  await env.DB.batch(
    ["friends", "blacklist", "forgotten_changes"].map((table) =>
      env.DB.prepare(`UPDATE ${table} SET changed_at = changed_at - ?1`).bind(ms),
    ),
  );
}

/** A token as it would be, had it been given out so much earlier. */
export function earlier(token: string, ms: number): string {
  const key = decodeToken(token) as (string | number)[];
  // 0 is no time: the cursor of a list has it where one of an increment has its beginning.
  return encodeToken(key.map((part) => (typeof part === "number" && part > 0 ? part - ms : part)));
}

/** Has every event applied when it happened: the tests' events are of other times than the database. */
export async function writtenInTime(): Promise<void> {
  await env.DB.batch(
    LISTS.map(({ kind }) =>
      env.DB.prepare(`UPDATE ${kind} SET changed_at = ifnull(deleted_at, added_at)`),
    ),
  );
}
