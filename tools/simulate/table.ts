import * as z from "zod";
import type { Databases } from "../../src/db/databases.ts";
import { withParameters } from "../lib/sql.ts";
import type { StoredTables } from "./stored.ts";

/** One answer has so many rows: some megabytes of JSON. */
const PAGE_ROWS = 20_000;

const ofPrefix = (column: string) => `${column} >= ?1 AND ${column} < ?1 || char(0x10FFFF)`;

/**
 * What an id has with another one, and where. It is one statement, because each statement starts wrangler
 * once.
 */
const STORED = `
SELECT 'friends' AS list, user_id AS one, friend_id AS other,
  json_array(initiator_id, source, admin_id, forced) AS details
FROM friends WHERE ${ofPrefix("user_id")} AND deleted_at IS NULL
UNION ALL
SELECT 'blacklist', user_id, blocked_id, '[]'
FROM blacklist WHERE ${ofPrefix("user_id")} AND deleted_at IS NULL
UNION ALL
SELECT 'request', applicant_id, responder_id,
  json_array(at, code, observed_key IS NOT NULL, call_id, item)
FROM friend_requests WHERE at >= ?2 AND ${ofPrefix("applicant_id")}
UNION ALL
SELECT 'response', applicant_id, responder_id,
  json_array(at, code, observed_key IS NOT NULL, call_id, item)
FROM friend_responses WHERE at >= ?2 AND ${ofPrefix("applicant_id")}`;

const flag = z.literal([0, 1]).transform((value) => value === 1);
const text = z.string().nullable();
const friendDetails = z.tuple([text, text, text, flag]);
const recordDetails = z.tuple([z.int(), z.int(), flag], z.unknown());
const rowSchema = z.object({
  list: z.enum(["friends", "blacklist", "request", "response"]),
  one: z.string(),
  other: z.string(),
  details: z.string(),
});
type Row = z.output<typeof rowSchema>;

/**
 * What D1 has of all users whose ids start with a prefix. A row does not count if it is in another database
 * than the one that the Worker reads it from.
 *
 * @param sinceMs the time from which the record is read
 * @throws what D1 says when the tool cannot read it
 */
export async function readTables(
  { all, of, records }: Databases,
  prefix: string,
  sinceMs: number,
): Promise<StoredTables> {
  const stored: StoredTables = { friends: [], blacklist: [], record: [] };
  const isOfUser = ({ list }: Row) => list === "friends" || list === "blacklist";
  for (const { name, db } of all) {
    for await (const row of rowsIn(db, prefix, sinceMs)) {
      if (name === (isOfUser(row) ? of(row.one) : records).name) store(stored, row);
    }
  }
  return stored;
}

async function* rowsIn(db: D1Database, prefix: string, sinceMs: number): AsyncGenerator<Row> {
  let last: Row = { list: "blacklist", one: "", other: "", details: "" };
  for (;;) {
    const { results } = await db
      .prepare(
        `SELECT * FROM (${STORED}) WHERE (list, one, other, details) > (?3, ?4, ?5, ?6)
ORDER BY list, one, other, details LIMIT ${PAGE_ROWS}`,
      )
      .bind(prefix, sinceMs, last.list, last.one, last.other, last.details)
      .all();
    const rows = results.map((result) => rowSchema.parse(result));
    yield* rows;
    last = rows.at(-1) ?? last;
    if (rows.length < PAGE_ROWS) return;
  }
}

function store(stored: StoredTables, { list, one, other, details }: Row): void {
  switch (list) {
    case "friends": {
      const [initiatorId, source, adminId, forced] = friendDetails.parse(JSON.parse(details));
      const attributes = { initiatorId, source, adminId, forced };
      stored.friends.push({ pair: [one, other], attributes });
      return;
    }
    case "blacklist":
      stored.blacklist.push({ pair: [one, other], attributes: null });
      return;
    default: {
      const [atMs, code, isObserved] = recordDetails.parse(JSON.parse(details));
      const item = { type: list, applicantId: one, responderId: other };
      stored.record.push({ ...item, atMs, code, isObserved });
    }
  }
}

/**
 * The statements that remove these users' rows from every table that callbacks write to. A dead letter is a
 * message as it came. It has the users' ids in its text.
 */
export function removalOf(prefix: string): string {
  return withParameters(
    [
      `DELETE FROM friends WHERE ${ofPrefix("user_id")}`,
      `DELETE FROM blacklist WHERE ${ofPrefix("user_id")}`,
      `DELETE FROM friend_requests WHERE ${ofPrefix("applicant_id")}`,
      `DELETE FROM request_counts WHERE ${ofPrefix("applicant_id")}`,
      `DELETE FROM quota_blocks WHERE ${ofPrefix("applicant_id")}`,
      `DELETE FROM friend_responses WHERE ${ofPrefix("responder_id")}`,
      // A quote begins each id in JSON. It is written as a number, because the statement is pasted between
      // quotes.
      "DELETE FROM dead_letters WHERE instr(body, char(34) || ?1) > 0",
    ].join("; "),
    [prefix],
  );
}
