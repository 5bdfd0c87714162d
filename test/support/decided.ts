import { readRequests, readResponses } from "../../src/api/decided.ts";
import { decidedQuery } from "../../src/api/parameters.ts";
import { recordDecided } from "../../src/db/decided/record.ts";
import { REQUESTS, RESPONSES } from "../../src/db/decided/tables.ts";
import type { RequestsDecided, ResponsesDecided } from "../../src/events/kinds.ts";

/** Items of one callback that were decided at a time; the first `refused` of them were refused. */
export type Moment = { at: number; count?: number; refused?: number; callId?: string };

function callbackAt({ at, callId = `call${at}` }: Moment) {
  const unknown = { eventTime: null, clientIp: null, requestId: null };
  return { v: 1 as const, callId, at, ...unknown, requesterId: "alice", platform: "Web" };
}

/** Of each item, its place and the other one's id, and whether it was refused. */
function itemsOf<Entry>(
  { count = 1, refused = 0 }: Moment,
  entry: (place: number, id: string, outcome: Outcome) => Entry,
): Entry[] {
  return Array.from({ length: count }, (_, place) => {
    const id = `to${place}`;
    return entry(
      place,
      id,
      place < refused ? [38_000, "user", `user:${id}`, null] : [0, null, null, null],
    );
  });
}
type Outcome = [code: number, kind: string | null, key: string | null, observed: string | null];

export function responsesAt(moment: Moment): ResponsesDecided {
  return {
    ...callbackAt(moment),
    type: "responses-decided",
    responderId: "alice",
    responses: itemsOf(moment, (place, id, outcome) => [place, id, "AgreeAndAdd", ...outcome]),
  };
}

export function requestsAt(moment: Moment): RequestsDecided {
  return {
    ...callbackAt(moment),
    type: "requests-decided",
    applicantId: "alice",
    through: 0,
    requests: itemsOf(moment, (place, id, outcome) => [place, id, ...outcome]),
  };
}

type Query = Record<string, string>;

/** The two records of what was decided: their messages, and how they are written and read. */
export const RECORDS = [
  {
    what: "responses",
    table: RESPONSES.name,
    eventAt: responsesAt,
    record: (db: D1Database, ...moments: Moment[]) =>
      recordDecided(db, RESPONSES, moments.map(responsesAt)),
    async read(db: D1Database, query: Query = {}) {
      const { responses, after } = await readResponses(db, decidedQuery.parse(query));
      return { records: responses, after };
    },
  },
  {
    what: "requests",
    table: REQUESTS.name,
    eventAt: requestsAt,
    record: (db: D1Database, ...moments: Moment[]) =>
      recordDecided(db, REQUESTS, moments.map(requestsAt)),
    async read(db: D1Database, query: Query = {}) {
      const { requests, after } = await readRequests(db, decidedQuery.parse(query));
      return { records: requests, after };
    },
  },
] as const;
