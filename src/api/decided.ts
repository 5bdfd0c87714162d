import { readDecidedAfter, readNewestDecided } from "../db/decided/pages.ts";
import type { DecidedKey, DecidedName, DecidedRows, RequestRow } from "../db/decided/tables.ts";
import type { Reader } from "../db/reader.ts";
import type { RecordedRequest, RequestsPage, ResponsesPage } from "./answers.ts";
import type { DecidedQuery } from "./parameters.ts";
import { encodeToken } from "./tokens.ts";

/** Recorded friend responses. */
export async function readResponses(db: Reader, query: DecidedQuery): Promise<ResponsesPage> {
  const { rows, after } = await readPage(db, "friend_responses", query);
  return { responses: rows.map((row) => ({ ...recordOf(row), action: row.action })), after };
}

/** Recorded friend requests. */
export async function readRequests(db: Reader, query: DecidedQuery): Promise<RequestsPage> {
  const { rows, after } = await readPage(db, "friend_requests", query);
  return { requests: rows.map(recordOf), after };
}

/**
 * Records in the order of their decisions: those after a place, or the newest. A delayed record has its
 * place among the earlier ones. So a program that follows the record reads the last moments again.
 */
async function readPage<Name extends DecidedName>(
  db: Reader,
  name: Name,
  { limit, after, blocked }: DecidedQuery,
): Promise<{ rows: DecidedRows[Name][]; after: string | null }> {
  const which = { onlyRefused: blocked === "true", limit };
  const rows =
    after === undefined
      ? await readNewestDecided(db, name, which)
      : await readDecidedAfter(db, name, after, which);
  const last = rows.at(-1);
  const end = last === undefined ? after : keyOf(last);
  return { rows, after: end === undefined ? null : encodeToken(end) };
}

export function keyOf({ at, call_id, item }: RequestRow): DecidedKey {
  return [at, call_id, item];
}

export function recordOf(row: RequestRow): RecordedRequest {
  return {
    id: encodeToken(keyOf(row)),
    at: row.at,
    eventTime: row.event_time,
    responderId: row.responder_id,
    applicantId: row.applicant_id,
    requesterId: row.requester_id,
    code: row.code,
    ruleKind: row.rule_kind,
    ruleKey: row.rule_key,
    observedKey: row.observed_key,
    clientIp: row.client_ip,
    platform: row.platform,
    requestId: row.request_id,
  };
}
