/** A row of `friend_responses`. */
export type ResponseRow = {
  at: number;
  call_id: string;
  item: number;
  event_time: number | null;
  responder_id: string;
  applicant_id: string;
  requester_id: string | null;
  action: "Agree" | "AgreeAndAdd" | "Reject";
  code: number;
  rule_kind: string | null;
  rule_key: string | null;
  observed_key: string | null;
  client_ip: string | null;
  platform: string | null;
  request_id: string | null;
};

/** The primary key. */
export type ResponseKey = [at: number, callId: string, item: number];

/** The partial index is the refused rows in the order of the key. */
const source = (onlyRefused: boolean) =>
  onlyRefused
    ? "friend_responses INDEXED BY friend_responses_refused WHERE code <> 0"
    : "friend_responses WHERE true";

/** The newest records, in the order of the key. Rows read: those of the page. */
export async function readNewestResponses(
  db: D1Database,
  { onlyRefused, limit }: { onlyRefused: boolean; limit: number },
): Promise<ResponseRow[]> {
  const { results } = await db
    .prepare(
      `SELECT * FROM ${source(onlyRefused)} ORDER BY at DESC, call_id DESC, item DESC LIMIT ?1`,
    )
    .bind(limit)
    .all<ResponseRow>();
  return results.reverse();
}

/** The records behind a key, in its order. Rows read: those of the page. */
export async function readResponsesAfter(
  db: D1Database,
  after: ResponseKey,
  { onlyRefused, limit }: { onlyRefused: boolean; limit: number },
): Promise<ResponseRow[]> {
  const { results } = await db
    .prepare(
      `SELECT * FROM ${source(onlyRefused)} AND (at, call_id, item) > (?1, ?2, ?3)
ORDER BY at, call_id, item LIMIT ?4`,
    )
    .bind(...after, limit)
    .all<ResponseRow>();
  return results;
}
