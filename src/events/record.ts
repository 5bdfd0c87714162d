import type { Decision, Match } from "../blocklist/decide.ts";
import type { FriendAction } from "../blocklist/key.ts";
import type { ResponseAction } from "../blocklist/value.ts";
import type { RecordMode } from "../config.ts";
import {
  RECORD_AT_ONCE_MAX_ITEMS,
  RECORD_TABLE_TIMEOUT_MS,
  RECORD_TIMEOUT_MS,
  RECORDED_TEXT_MAX_CHARS,
} from "../limits.ts";
import { failureName, type Log } from "../log.ts";
import { isUserId } from "../tencent/commands.ts";
import { tryWithTimeout } from "../timeout.ts";
import type { DecidedEvent } from "./kinds.ts";
import { sendEvents } from "./send.ts";

/** The items of one callback, as they were decided. */
export type Decided = {
  /** EventTime, in milliseconds since the epoch. */
  eventTime: number | undefined;
  /** How long the decision took. */
  latencyMs: number;
  /** In the order of the callback. */
  items: readonly DecidedItem[];
};
type DecidedItem = { place: number; about: FriendAction; decision: Decision; code: number };

export type RecordDeps = {
  queue: Queue;
  /** Writes an event into its table. Undefined: the consumer does it. */
  store: ((event: DecidedEvent) => Promise<unknown>) | undefined;
  mode: RecordMode;
  /** Whether requests that were let through are counted. Then they are sent, recorded or not. */
  isCounted: boolean;
  /** Milliseconds since the epoch. */
  nowMs: number;
  requestId: string | undefined;
  log: Log;
};

/**
 * Records what was decided: in the table if that is allowed and works, else by the queue. The reply must not
 * depend on this. So it never throws, and it has a time limit.
 */
export async function record(decided: Decided, deps: RecordDeps): Promise<void> {
  if (deps.mode === "none" && !deps.isCounted) return;
  const items = decided.items.length;
  // The reply goes first: the rest takes long for thousands of items.
  if (items > RECORD_AT_ONCE_MAX_ITEMS) await scheduler.wait(0);
  const event = eventOf(decided, deps);
  if (event === undefined) return;
  const stored = await storeAtOnce(event, deps.store);
  if (stored?.ok) return;
  const table = stored && failureName(stored);
  const sent = await tryWithTimeout(RECORD_TIMEOUT_MS, () => sendEvents(deps.queue, [event]));
  if (!sent.ok) {
    deps.log("failed", { reason: "not-recorded", items, table, queue: failureName(sent) });
  } else if (stored) {
    deps.log("enqueued", { type: event.type, items, messages: sent.value, table });
  }
}

/** The same without the client's address. The key of a rule about the address loses it, too. */
export function withoutAddress({ place, about, decision, code }: DecidedItem): DecidedItem {
  const { decidedBy, observed, ...outcome } = decision;
  return {
    place,
    about: { ...about, clientIp: undefined },
    decision: { ...outcome, decidedBy: unnamed(decidedBy), observed: unnamed(observed) },
    code,
  };
}

const unnamed = (match: Match | undefined) =>
  match?.kind === "ip" ? { ...match, key: "ip:" } : match;

/** Undefined if the consumer stores the event. */
function storeAtOnce(event: DecidedEvent, store: RecordDeps["store"]) {
  // Only the consumer counts what was let through.
  const isCounted = event.type === "requests-decided" && event.through > 0;
  return store && !isCounted
    ? tryWithTimeout(RECORD_TABLE_TIMEOUT_MS, () => store(event))
    : undefined;
}

function eventOf(
  { eventTime, items }: Decided,
  { mode, isCounted, nowMs, requestId }: RecordDeps,
): DecidedEvent | undefined {
  const [first] = items;
  if (first === undefined) return undefined;
  const kept = items.filter((item) => isKept(item, mode));
  // One user, on one platform, sends all items of a callback.
  const { responderId, applicantId, requesterId, action, clientIp, platform } = first.about;
  const through =
    isCounted && action === "Request" && isUserId(applicantId)
      ? items.filter(({ code }) => code === 0).length
      : 0;
  if (kept.length + through === 0) return undefined;
  const callback = {
    v: 1 as const,
    callId: crypto.randomUUID(),
    at: nowMs,
    eventTime: eventTime ?? null,
    requesterId: recordableOrNone(requesterId),
    clientIp: recordableOrNone(clientIp),
    platform: recordableOrNone(platform),
    requestId: recordableOrNone(requestId),
  };
  return action === "Request"
    ? {
        ...callback,
        type: "requests-decided",
        applicantId: recordable(applicantId),
        through,
        requests: kept.map((item) => [
          item.place,
          recordable(item.about.responderId),
          ...outcomeOf(item),
        ]),
      }
    : {
        ...callback,
        type: "responses-decided",
        responderId: recordable(responderId),
        responses: kept.map((item) => [
          item.place,
          recordable(item.about.applicantId),
          item.about.action as ResponseAction,
          ...outcomeOf(item),
        ]),
      };
}

type Outcome = [
  code: number,
  ruleKind: string | null,
  ruleKey: string | null,
  observedKey: string | null,
];

function isKept({ decision, code }: DecidedItem, mode: RecordMode): boolean {
  return mode === "all" || (mode === "blocked" && (code !== 0 || decision.observed !== undefined));
}

function outcomeOf({ decision: { outcome, decidedBy, observed }, code }: DecidedItem): Outcome {
  // An exception does not refuse. If the backend refused, no rule did.
  const rule = outcome === "allow" && code !== 0 ? undefined : decidedBy;
  return [code, rule?.kind ?? null, rule?.key ?? null, observed?.key ?? null];
}

/** Nearly every text is such, and stays as it is. */
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** An account of a before-callback can be any text. This replaces what D1 would not give back as it came. */
function recordable(text: string): string {
  if (text.length <= RECORDED_TEXT_MAX_CHARS && PRINTABLE_ASCII.test(text)) return text;
  return text.slice(0, RECORDED_TEXT_MAX_CHARS).toWellFormed().replaceAll("\0", "\ufffd");
}

function recordableOrNone(text: string | undefined): string | null {
  return text === undefined ? null : recordable(text);
}
