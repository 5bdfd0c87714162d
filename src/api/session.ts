import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { Reader } from "../db/reader.ts";
import { problem } from "../http/problem.ts";
import type { ApiEnv } from "./steps.ts";

const HEADER = "X-D1-Bookmark";
/** D1's own words and bookmarks, which may change: what no header of theirs would have is refused. */
const BOOKMARK = /^[\w-]{1,128}$/;
const WRONG = `${HEADER}: must be first-primary, or what an earlier answer has in this header`;

/**
 * Reads in a session of the database. Any copy may serve it that is as new as the bookmark in the
 * request. The answer has the bookmark of what was read.
 *
 * @param first "first-primary" for what only the primary database can answer
 * @throws HTTPException where the bookmark is none
 */
export async function inSession<Value>(
  c: Context<ApiEnv>,
  db: D1Database,
  read: (db: Reader) => Promise<Value>,
  first?: "first-primary",
): Promise<Value> {
  const asked = c.req.header(HEADER) ?? "first-unconstrained";
  if (!BOOKMARK.test(asked)) throw new HTTPException(400, { res: problem(400, WRONG) });
  const session = db.withSession(first ?? asked);
  const value = await read(session);
  c.header(HEADER, session.getBookmark() ?? undefined);
  return value;
}
