import type { RecordedResponse, ResponsesPage } from "./answers.ts";
import type { ResponseKey, ResponsesQuery } from "./parameters.ts";
import { tokenOf } from "./token.ts";

/**
 * Recorded friend responses in the order in which they were decided: what comes after a place, or
 * the newest. A record that was delayed has its place among the earlier ones, so who follows the
 * record reads the last moments again. Rows read: those of the page, refused or not.
 */
export async function readResponses(
  db: D1Database,
  { limit, after, blocked }: ResponsesQuery,
): Promise<ResponsesPage> {
  const only = blocked === "true";
  const rows =
    after === undefined ? await newest(db, only, limit) : await following(db, only, after, limit);
  const last = rows.at(-1);
  const end = last === undefined ? after : keyOf(last);
  return { responses: rows.map(responseOf), after: end === undefined ? null : tokenOf(end) };
}

/** The partial index is the refused rows in the order of the key. */
const source = (blocked: boolean) =>
  blocked
    ? "friend_responses INDEXED BY friend_responses_refused WHERE code <> 0"
    : "friend_responses WHERE true";

async function newest(db: D1Database, blocked: boolean, limit: number): Promise<Row[]> {
  const { results } = await db
    .prepare(`SELECT * FROM ${source(blocked)} ORDER BY at DESC, call_id DESC, item DESC LIMIT ?1`)
    .bind(limit)
    .all<Row>();
  return results.reverse();
}

async function following(
  db: D1Database,
  blocked: boolean,
  after: ResponseKey,
  limit: number,
): Promise<Row[]> {
  const { results } = await db
    .prepare(
      `SELECT * FROM ${source(blocked)} AND (at, call_id, item) > (?1, ?2, ?3)
ORDER BY at, call_id, item LIMIT ?4`,
    )
    .bind(...after, limit)
    .all<Row>();
  return results;
}

type Row = {
  at: number;
  call_id: string;
  item: number;
  event_time: number | null;
  from_id: string;
  to_id: string;
  requester_id: string | null;
  action: RecordedResponse["action"];
  code: number;
  rule_kind: string | null;
  rule_key: string | null;
  observed_key: string | null;
  client_ip: string | null;
  platform: string | null;
  request_id: string | null;
};

function keyOf({ at, call_id, item }: Row): ResponseKey {
  return [at, call_id, item];
}

function responseOf(row: Row): RecordedResponse {
  return {
    id: tokenOf(keyOf(row)),
    at: row.at,
    eventTime: row.event_time,
    fromId: row.from_id,
    toId: row.to_id,
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
