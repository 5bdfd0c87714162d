import {
  type Decision,
  decide,
  type Match,
  observing,
  toVerdict,
  undecided,
} from "../blocklist/decide.ts";
import type { FriendAction } from "../blocklist/key.ts";
import { rateRule } from "../blocklist/limit.ts";
import { readRate } from "../blocklist/rate.ts";
import { readRules } from "../blocklist/read.ts";
import type { Action, ResponseAction } from "../blocklist/value.ts";
import { type DecidedEvent, kindOf } from "../events/kinds.ts";
import { record, withoutAddress } from "../events/record.ts";
import { DECIDED_MAX_ITEMS } from "../limits.ts";
import { errorName, failureName } from "../log.ts";
import type {
  AskedItem,
  FriendRequestBody,
  FriendResponseBody,
  Question,
} from "../tencent/commands.ts";
import {
  BLOCKLIST_UNREADABLE_CODE,
  type Reply,
  replyToItems,
  type Verdict,
} from "../tencent/reply.ts";
import type { Call } from "./call.ts";

/** Answers each item of a friend request by the blocklist. Tencent's words become ours. */
export function handleFriendRequest(body: FriendRequestBody, call: Call): Promise<Reply> {
  const applicantId = body.From_Account;
  return decideItems(body, call, ({ To_Account }) => {
    return { responderId: To_Account, applicantId, action: "Request" };
  });
}

/** The same for a friend response. */
export function handleFriendResponse(body: FriendResponseBody, call: Call): Promise<Reply> {
  const responderId = body.From_Account;
  return decideItems(body, call, ({ To_Account, ResponseAction }) => {
    return { responderId, applicantId: To_Account, action: actionOf(ResponseAction) };
  });
}

async function decideItems<Item extends AskedItem>(
  body: Question<string, Item>,
  call: Call,
  inOurWords: (item: Item) => Pick<FriendAction, "responderId" | "applicantId" | "action">,
): Promise<Reply> {
  const { config, log, platform, clientIp } = call;
  const requesterId = body.Requester_Account;
  const items = answerable(body.items);
  const actions = items
    .slice(0, DECIDED_MAX_ITEMS)
    .map((item): FriendAction => ({ ...inOurWords(item), requesterId, platform, clientIp }));

  const startedMs = performance.now();
  const { appId, blocklistKinds: kinds, blocklistTimeoutMs: timeoutMs } = config;
  const mayHold = config.blocklistFilter
    ? (await import("../blocklist/held-filter.ts")).heldFilter(call.blocklist, call)
    : undefined;
  const rating = readRate(call.requestRate, actions, { appId, timeoutMs });
  const read = await readRules(call.blocklist, actions, kinds, timeoutMs, mayHold);
  const rate = await rating;
  const latencyMs = Math.round(performance.now() - startedMs);
  const isObserving = config.blocklistMode === "observe";
  const rules = isObserving ? observing(read.rules) : read.rules;
  const onBlocklistError = isObserving ? "allow" : config.onBlocklistError;
  const unread = read.failure && { keys: read.unread, onBlocklistError };
  const over = rateRule(config.requestRate === "enforce" && !isObserving);
  const decisions = actions.map((about, place) =>
    decide(about, rules, kinds, unread, place < rate.within ? undefined : over),
  );
  const verdicts = items.map((item, place) => {
    const { action } = actions[place] ?? inOurWords(item);
    const decision = decisions[place];
    return decision
      ? toVerdict(decision, action)
      : tooMany(action, isObserving ? "allow" : "block");
  });
  const isOpen = verdicts.some(({ code }) => code === 0);
  const theirs = isOpen ? await call.askBackend?.() : undefined;
  // The stricter of the two answers counts.
  const reply = replyToItems(items, (item, place) => {
    const own = verdicts[place] as Verdict;
    return own.code === 0 ? (theirs?.get(item.To_Account) ?? own) : own;
  });

  const codes = (reply.ResultItem ?? []).map(({ ResultCode }) => ResultCode);
  const observed = decisions.flatMap((decision) => decision.observed ?? []);
  const sent = body.items.length;
  const leftOpen = sent - decisions.length + decisions.filter((each) => each.undecided).length;
  log(leftOpen > 0 ? "failed" : "decided", {
    reason: leftOpen > 0 ? "undecided" : undefined,
    undecided: leftOpen || undefined,
    items: sent,
    refused: codes.filter((code) => code !== 0).length,
    refusedByBackend: theirs && codes.filter((code, at) => code !== verdicts[at]?.code).length,
    odd: body.odd || undefined,
    observed: observed.length || undefined,
    observedCodes: observed.length > 0 ? codesOf(observed) : undefined,
    blocklist: read.failure?.reason ?? "read",
    blocklistMs: latencyMs,
    onBlocklistError: unread?.onBlocklistError,
    error: read.failure?.reason === "error" ? errorName(read.failure.error) : undefined,
  });

  if (rate.failure) {
    log("failed", { reason: "rate-not-read", limiter: failureName(rate.failure) });
  }

  const outcomes = actions.map((about, place) => ({
    place,
    about,
    decision: decisions[place] as Decision,
    code: codes[place] ?? 0,
  }));
  const decided = {
    eventTime: body.EventTime,
    latencyMs,
    items: config.recordClientIp ? outcomes : outcomes.map(withoutAddress),
  };
  if (read.rules.size > 0) {
    const reported = import("../blocklist/report.ts").then(({ reportBrokenRules }) =>
      reportBrokenRules(read.rules, config.tokens?.current, log),
    );
    call.waitUntil(reported);
  }
  if (call.metrics) {
    const { metrics } = call;
    const measured = import("../metrics.ts").then(({ measure }) =>
      measure(metrics, body.CallbackCommand, decided),
    );
    call.waitUntil(measured);
  }
  const isCounted = config.requestsPerDay !== undefined;
  const store = config.recordTo === "table" ? storeBy(call) : undefined;
  call.waitUntil(record(decided, { ...call, store, mode: config.recordResponses, isCounted }));
  return reply;
}

const storeBy = (call: Call) => async (event: DecidedEvent) => {
  const { applyEvent } = await import("./apply.ts");
  return applyEvent(kindOf(event), await call.databases(), event);
};

/**
 * All items but those that are beyond the limit and name nobody. A body of 2 MiB can hold a million of
 * these, and their answers would not fit into memory.
 */
function answerable<Item extends AskedItem>(items: readonly Item[]): readonly Item[] {
  if (items.length <= DECIDED_MAX_ITEMS) return items;
  return items.filter(({ To_Account }, place) => place < DECIDED_MAX_ITEMS || To_Account !== "");
}

/** Beyond the limit nothing is looked up. */
function tooMany(action: Action, otherwise: "allow" | "block"): Verdict {
  const { outcome } = undecided(action, otherwise);
  return { code: outcome === "block" ? BLOCKLIST_UNREADABLE_CODE : 0, info: "" };
}

/** Codes tell apart the rules that are tried. They hold no accounts, but the keys of rules do. */
function codesOf(matches: readonly Match[]): string {
  return [...new Set(matches.map(({ rule }) => rule.code))].sort().join(",");
}

/**
 * An action that the documents do not name yet counts as the one that adds most. If it counted as a
 * refusal, the blocklist would let it pass.
 */
function actionOf(responseAction: string): ResponseAction {
  switch (responseAction) {
    case "Response_Action_Agree":
      return "Agree";
    case "Response_Action_Reject":
      return "Reject";
    default:
      return "AgreeAndAdd";
  }
}
