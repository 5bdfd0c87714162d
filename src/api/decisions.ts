import { NEWEST, readDecidedOf } from "../db/decided/of-user.ts";
import type { DecidedKey } from "../db/decided/tables.ts";
import type { Reader } from "../db/reader.ts";
import { DECISIONS_MAX, DECISIONS_SCAN_MAX_ROWS } from "../limits.ts";
import { keyOf, recordOf } from "./decided.ts";
import type { Decisions } from "./moderation-answers.ts";
import type { DecisionsQuery } from "./moderation-parameters.ts";
import { encodeToken } from "./tokens.ts";

/**
 * The requests and responses in which a user takes part, in any role, the newest first. One call looks
 * through a bounded number of records. So a page may be empty and still have another page behind it.
 */
export async function readDecisions(
  db: Reader,
  userId: string,
  { before = NEWEST }: DecisionsQuery,
): Promise<Decisions> {
  const scan = { before, maxRows: DECISIONS_SCAN_MAX_ROWS, limit: DECISIONS_MAX };
  const [requests, responses] = await Promise.all([
    readDecidedOf(db, "friend_requests", userId, scan),
    readDecidedOf(db, "friend_responses", userId, scan),
  ]);
  const found = [
    ...requests.rows.map((row) => ({
      key: keyOf(row),
      decision: { type: "request" as const, ...recordOf(row) },
    })),
    ...responses.rows.map((row) => ({
      key: keyOf(row),
      decision: { type: "response" as const, ...recordOf(row), action: row.action },
    })),
  ];
  // Behind this end, one of the tables was not looked through.
  const [end] = [requests.end, responses.end].filter((key) => key !== undefined).sort(newestFirst);
  const page = found
    .filter(({ key }) => end === undefined || newestFirst(key, end) <= 0)
    .sort((one, other) => newestFirst(one.key, other.key));
  return {
    decisions: page.map(({ decision }) => decision),
    before: end === undefined ? null : encodeToken(end),
  };
}

function newestFirst(one: DecidedKey, other: DecidedKey): number {
  const at = one.findIndex((part, index) => part !== other[index]);
  if (at === -1) return 0;
  return (one[at] as number | string) > (other[at] as number | string) ? -1 : 1;
}
