import type { ResponsesDecided } from "../../events/kinds.ts";
import { jsonRows } from "../json-rows.ts";
import { type ErasureWalk, erasing, orderKeyOf } from "../walk.ts";

/**
 * Records decided friend responses in one statement. Idempotent.
 *
 * @returns how many rows were written: one for a response, two for a refused one
 * @throws what D1 throws; then nothing was written
 */
export async function recordResponses(
  db: D1Database,
  events: readonly ResponsesDecided[],
): Promise<number> {
  const { parameters, source } = jsonRows(events.flatMap(rowsOf));
  if (parameters.length === 0) return 0;
  const { meta } = await db
    .prepare(`
INSERT INTO friend_responses
  (at, call_id, event_time, responder_id, requester_id, client_ip, platform, request_id,
  item, applicant_id, action, code, rule_kind, rule_key, observed_key)
SELECT
  value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
  value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12, value ->> 13,
  value ->> 14
FROM ${source}
WHERE true
ON CONFLICT (at, call_id, item) DO NOTHING`)
    .bind(...parameters)
    .run();
  return meta.rows_written;
}

/** The columns in the order of the statement above. */
function rowsOf(event: ResponsesDecided): unknown[][] {
  const { at, callId, eventTime, responderId, requesterId, clientIp, platform, requestId } = event;
  return event.responses.map((response) => [
    at,
    callId,
    eventTime,
    responderId,
    requesterId,
    clientIp,
    platform,
    requestId,
    ...response,
  ]);
}

/**
 * Removes records from before a time, the first ones first, in slices.
 *
 * @returns how many were removed
 */
export async function removeOldResponses(
  db: D1Database,
  { beforeMs, sliceRows, maxSlices }: { beforeMs: number; sliceRows: number; maxSlices: number },
): Promise<number> {
  let removed = 0;
  for (let slice = 0; slice < maxSlices; slice++) {
    const { results } = await db
      .prepare(`
DELETE FROM friend_responses WHERE (at, call_id, item) IN (
  SELECT at, call_id, item FROM friend_responses WHERE at < ?1
  ORDER BY at, call_id, item LIMIT ?2
) RETURNING 1`)
      .bind(beforeMs, sliceRows)
      .run();
    removed += results.length;
    if (results.length < sliceRows) break;
  }
  return removed;
}

/** Records about the users who are erased. */
export const responsesWalk: ErasureWalk = {
  table: "friend_responses",
  key: ["at", "call_id", "item"],
  start: '[0,"",0]',
  erase: `
DELETE FROM friend_responses
WHERE ${erasing("responder_id, applicant_id, requester_id", orderKeyOf("friend_responses.at"))}`,
};
