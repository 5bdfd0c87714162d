import {
  type Decision,
  decide,
  type Match,
  observing,
  toVerdict,
  undecided,
} from "../blocklist/decide.ts";
import type { FriendResponse } from "../blocklist/key.ts";
import { readRules } from "../blocklist/read.ts";
import { createBrokenRuleReport } from "../blocklist/report.ts";
import type { Action } from "../blocklist/value.ts";
import { record } from "../events/record.ts";
import { FRIEND_RESPONSE_MAX_ITEMS } from "../limits.ts";
import { errorName } from "../log.ts";
import { measure } from "../metrics.ts";
import type { FriendResponseBody } from "../tencent/commands.ts";
import {
  BLOCKLIST_UNREADABLE_CODE,
  type Reply,
  replyToItems,
  type Verdict,
} from "../tencent/reply.ts";
import type { Call } from "./call.ts";

const reportBrokenRules = createBrokenRuleReport();

/** Answers each item of a friend response by the blocklist. */
export async function handleFriendResponse(body: FriendResponseBody, call: Call): Promise<Reply> {
  const { config, log } = call;
  const items = answerable(body.ResponseFriendItem);
  const responses = items
    .slice(0, FRIEND_RESPONSE_MAX_ITEMS)
    .map((item) => friendResponseOf(item, body, call));

  const startedMs = performance.now();
  const kinds = config.blocklistKinds;
  const read = await readRules(call.blocklist, responses, kinds, config.blocklistTimeoutMs);
  const latencyMs = Math.round(performance.now() - startedMs);
  const isObserving = config.blocklistMode === "observe";
  const rules = isObserving ? observing(read.rules) : read.rules;
  const onBlocklistError = isObserving ? "allow" : config.onBlocklistError;
  const unread = read.failure && { keys: read.unread, onBlocklistError };
  const decisions = responses.map((response) => decide(response, rules, kinds, unread));
  const verdicts = items.map((item, place) => {
    const decision = decisions[place];
    if (decision) return toVerdict(decision);
    return tooMany(item.ResponseAction, isObserving ? "allow" : "block");
  });
  const isOpen = verdicts.some(({ code }) => code === 0);
  const theirs = isOpen ? await call.askBackend?.() : undefined;
  // Of two answers the stricter one counts.
  const reply = replyToItems(items, (item, place) => {
    const own = verdicts[place] as Verdict;
    return own.code === 0 ? (theirs?.get(item.To_Account) ?? own) : own;
  });

  const codes = (reply.ResultItem ?? []).map(({ ResultCode }) => ResultCode);
  const observed = decisions.flatMap((decision) => decision.observed ?? []);
  const sent = body.ResponseFriendItem.length;
  const leftOpen = sent - decisions.length + decisions.filter((each) => each.undecided).length;
  log(leftOpen > 0 ? "failed" : "decided", {
    ...(leftOpen > 0 && { reason: "undecided", undecided: leftOpen }),
    items: sent,
    refused: codes.filter((code) => code !== 0).length,
    ...(theirs && {
      refusedByBackend: codes.filter((code, at) => code !== verdicts[at]?.code).length,
    }),
    ...(body.odd > 0 && { odd: body.odd }),
    ...(observed.length > 0 && { observed: observed.length, observedCodes: codesOf(observed) }),
    blocklist: read.failure?.reason ?? "read",
    blocklistMs: latencyMs,
    ...(unread && { onBlocklistError: unread.onBlocklistError }),
    ...(read.failure?.reason === "error" && { error: errorName(read.failure.error) }),
  });

  const decided = {
    eventTime: body.EventTime,
    latencyMs,
    items: responses.map((response, place) => ({
      response,
      decision: decisions[place] as Decision,
      code: codes[place] ?? 0,
    })),
  };
  if (read.rules.size > 0) {
    call.waitUntil(reportBrokenRules(read.rules, config.tokens?.current, log));
  }
  if (call.metrics) call.waitUntil(measure(call.metrics, body.CallbackCommand, decided));
  call.waitUntil(record(decided, { ...call, mode: config.recordResponses }));
  return reply;
}

type Item = FriendResponseBody["ResponseFriendItem"][number];

/**
 * All items, but for those beyond the limit that name nobody: a body of 2 MiB can hold a million of
 * them, and their answers would not fit into memory.
 */
function answerable(items: readonly Item[]): readonly Item[] {
  return items.filter(
    ({ To_Account }, place) => place < FRIEND_RESPONSE_MAX_ITEMS || To_Account !== "",
  );
}

/** Beyond the limit nothing is looked up. */
function tooMany(responseAction: string, otherwise: "allow" | "block"): Verdict {
  const { outcome } = undecided({ action: actionOf(responseAction) }, otherwise);
  return { code: outcome === "block" ? BLOCKLIST_UNREADABLE_CODE : 0, info: "" };
}

/** A rule's key holds accounts; its code tells the rules that are tried apart without them. */
function codesOf(matches: readonly Match[]): string {
  return [...new Set(matches.map(({ rule }) => rule.code))].sort().join(",");
}

/** Tencent's words become ours. */
function friendResponseOf(
  item: Item,
  body: FriendResponseBody,
  { platform, clientIp }: Pick<Call, "platform" | "clientIp">,
): FriendResponse {
  return {
    responderId: body.From_Account,
    applicantId: item.To_Account,
    requesterId: body.Requester_Account,
    action: actionOf(item.ResponseAction),
    platform,
    clientIp,
  };
}

/**
 * An action that the documents do not name yet counts as the one that adds most: were it taken for
 * a refusal, the blocklist would let it pass.
 */
function actionOf(responseAction: string): Action {
  switch (responseAction) {
    case "Response_Action_Agree":
      return "Agree";
    case "Response_Action_Reject":
      return "Reject";
    default:
      return "AgreeAndAdd";
  }
}
