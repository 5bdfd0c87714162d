import { type Decision, decide, type Match, toVerdict } from "../blocklist/decide.ts";
import type { FriendResponse } from "../blocklist/key.ts";
import { readRules } from "../blocklist/read.ts";
import { createBrokenRuleReport } from "../blocklist/report.ts";
import type { Action } from "../blocklist/value.ts";
import { record } from "../events/record.ts";
import { errorName } from "../log.ts";
import { measure } from "../metrics.ts";
import type { FriendResponseBody } from "../tencent/commands.ts";
import { type Reply, replyToItems } from "../tencent/reply.ts";
import { tryWithTimeout } from "../timeout.ts";
import type { Call } from "./call.ts";

const reportBrokenRules = createBrokenRuleReport();

/** Answers each item of a friend response by the blocklist. */
export async function handleFriendResponse(body: FriendResponseBody, call: Call): Promise<Reply> {
  const { config, log } = call;
  const items = body.ResponseFriendItem;
  const responses = items.map((item) => friendResponseOf(item, body, call));

  const startedMs = performance.now();
  const read = await tryWithTimeout(config.blocklistTimeoutMs, () =>
    readRules(call.blocklist, responses, config.blocklistKinds),
  );
  const latencyMs = Math.round(performance.now() - startedMs);
  const decisions = responses.map((response) =>
    read.ok
      ? decide(response, read.value, config.blocklistKinds)
      : decideWithoutRules(response, config.onBlocklistError),
  );
  const reply = replyToItems(items, (_, place) => toVerdict(decisions[place] as Decision));
  const observed = decisions.flatMap((decision) => decision.observed ?? []);
  log("decided", {
    items: items.length,
    refused: reply.ResultItem?.filter(({ ResultCode }) => ResultCode !== 0).length ?? 0,
    ...(observed.length > 0 && { observed: observed.length, observedCodes: codesOf(observed) }),
    blocklist: read.ok ? "read" : read.reason,
    blocklistMs: latencyMs,
    ...(!read.ok && { onBlocklistError: config.onBlocklistError }),
    ...(!read.ok && read.reason === "error" && { error: errorName(read.error) }),
  });

  const decided = {
    eventTime: body.EventTime,
    latencyMs,
    items: responses.map((response, place) => ({
      response,
      decision: decisions[place] as Decision,
      code: reply.ResultItem?.[place]?.ResultCode ?? 0,
    })),
  };
  if (read.ok && read.value.size > 0) {
    call.waitUntil(reportBrokenRules(read.value, config.tokens?.current, log));
  }
  if (call.metrics) call.waitUntil(measure(call.metrics, body.CallbackCommand, decided));
  call.waitUntil(record(decided, { ...call, mode: config.recordResponses }));
  return reply;
}

/** A rule's key holds accounts; its code tells the rules that are tried apart without them. */
function codesOf(matches: readonly Match[]): string {
  return [...new Set(matches.map(({ rule }) => rule.code))].sort().join(",");
}

function decideWithoutRules(
  { action }: FriendResponse,
  onBlocklistError: "allow" | "block",
): Decision {
  return { outcome: onBlocklistError === "block" && action !== "Reject" ? "block" : "allow" };
}

/** Tencent's words become ours. */
function friendResponseOf(
  item: FriendResponseBody["ResponseFriendItem"][number],
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
