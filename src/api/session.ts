import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { type Databases, eachAs } from "../db/databases.ts";
import type { Reader } from "../db/reader.ts";
import { problem } from "../http/problem.ts";
import type { ApiEnv } from "./steps.ts";

const HEADER = "X-D1-Bookmark";
/**
 * One of D1's words, for every database, or a bookmark of each database. D1 may change its words and its
 * bookmarks. So this refuses only what no such header would have.
 */
const ASKED =
  /^(?:first-primary|first-unconstrained|\w{1,64}=[\w-]{1,128}(?:,\w{1,64}=[\w-]{1,128})*)$/;
const WRONG = `${HEADER}: must be first-primary, or what an earlier answer has in this header`;

/**
 * Reads in a session of each database. A copy may serve the session if it is as new as the bookmark in
 * the request. The answer has the bookmarks of what was read.
 *
 * @param first "first-primary" for what only the primary database can answer
 * @throws HTTPException if the header is not a bookmark
 */
export async function inSession<Value>(
  c: Context<ApiEnv>,
  read: (databases: Databases<Reader>) => Promise<Value>,
  first?: "first-primary",
): Promise<Value> {
  const asked = c.req.header(HEADER) ?? "first-unconstrained";
  if (!ASKED.test(asked)) throw new HTTPException(400, { res: problem(400, WRONG) });
  const bookmarks = asked.includes("=")
    ? new Map(asked.split(",").map((part) => part.split("=") as [string, string]))
    : undefined;
  const sessions = eachAs(c.var.databases, ({ name, db }) =>
    db.withSession(
      first ?? (bookmarks === undefined ? asked : (bookmarks.get(name) ?? "first-unconstrained")),
    ),
  );
  const value = await read(sessions);
  const parts = sessions.all.flatMap(({ name, db }) => {
    const bookmark = db.getBookmark();
    return bookmark === null ? [] : [`${name}=${bookmark}`];
  });
  c.header(HEADER, parts.join(",") || undefined);
  return value;
}
