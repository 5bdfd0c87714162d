import {
  type ResponseKey,
  type ResponseRow,
  readNewestResponses,
  readResponsesAfter,
} from "../db/responses/pages.ts";
import type { RecordedResponse, ResponsesPage } from "./answers.ts";
import type { ResponsesQuery } from "./parameters.ts";
import { encodeToken } from "./tokens.ts";

/**
 * Recorded friend responses in the order in which they were decided: what comes after a place, or
 * the newest. A record that was delayed has its place among the earlier ones, so who follows the
 * record reads the last moments again.
 */
export async function readResponses(
  db: D1Database,
  { limit, after, blocked }: ResponsesQuery,
): Promise<ResponsesPage> {
  const which = { onlyRefused: blocked === "true", limit };
  const rows =
    after === undefined
      ? await readNewestResponses(db, which)
      : await readResponsesAfter(db, after, which);
  const last = rows.at(-1);
  const end = last === undefined ? after : buildKey(last);
  return { responses: rows.map(responseOf), after: end === undefined ? null : encodeToken(end) };
}

function buildKey({ at, call_id, item }: ResponseRow): ResponseKey {
  return [at, call_id, item];
}

function responseOf(row: ResponseRow): RecordedResponse {
  return {
    id: encodeToken(buildKey(row)),
    at: row.at,
    eventTime: row.event_time,
    responderId: row.responder_id,
    applicantId: row.applicant_id,
    requesterId: row.requester_id,
    action: row.action,
    code: row.code,
    ruleKind: row.rule_kind,
    ruleKey: row.rule_key,
    observedKey: row.observed_key,
    clientIp: row.client_ip,
    platform: row.platform,
    requestId: row.request_id,
  };
}
