import type { ResponseAction } from "../../blocklist/value.ts";
import type { RequestsDecided, ResponsesDecided } from "../../events/kinds.ts";

/** What was decided, a row for each item of a callback. */
export type DecidedTable<Event> = {
  name: DecidedName;
  /** The columns that all items of a callback share, and what the event calls them. */
  shared: Readonly<Record<string, keyof Event>>;
  /** The columns of an entry of the event, in its order. */
  entry: readonly string[];
};

const shared = {
  at: "at",
  call_id: "callId",
  event_time: "eventTime",
  requester_id: "requesterId",
  client_ip: "clientIp",
  platform: "platform",
  request_id: "requestId",
} as const;
const outcome = ["code", "rule_kind", "rule_key", "observed_key"];

export const RESPONSES: DecidedTable<ResponsesDecided> = {
  name: "friend_responses",
  shared: { ...shared, responder_id: "responderId" },
  entry: ["item", "applicant_id", "action", ...outcome],
};

export const REQUESTS: DecidedTable<RequestsDecided> = {
  name: "friend_requests",
  shared: { ...shared, applicant_id: "applicantId" },
  entry: ["item", "responder_id", ...outcome],
};

/** A row as it is read. */
export type DecidedRows = { friend_responses: ResponseRow; friend_requests: RequestRow };
export type DecidedName = keyof DecidedRows;

export type RequestRow = {
  at: number;
  call_id: string;
  item: number;
  event_time: number | null;
  responder_id: string;
  applicant_id: string;
  requester_id: string | null;
  code: number;
  rule_kind: string | null;
  rule_key: string | null;
  observed_key: string | null;
  client_ip: string | null;
  platform: string | null;
  request_id: string | null;
};

export type ResponseRow = RequestRow & { action: ResponseAction };

/** The primary key of both. */
export type DecidedKey = [at: number, callId: string, item: number];
