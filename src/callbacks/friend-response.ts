import {
  type Decision,
  decide,
  type FriendResponse,
  type Match,
  type RuleKind,
  type Rules,
  readRules,
} from "../friends/blocklist.ts";
import type { Decided } from "../friends/record.ts";
import type { Action } from "../friends/rule.ts";
import { errorName, type Log } from "../log.ts";
import { answered, type Reply } from "../tencent/reply.ts";
import type { FriendResponseBody } from "../tencent/request.ts";
import { within } from "../within.ts";
import { verdictFor } from "./verdict.ts";

type Item = FriendResponseBody["ResponseFriendItem"][number];

export type FriendResponseDeps = {
  blocklist: KVNamespace;
  kinds: readonly RuleKind[];
  /** The decision waits so long for the blocklist. */
  timeoutMs: number;
  /** What happens to items that would add a friend when the blocklist cannot be read in time. */
  onBlocklistError: "allow" | "block";
  platform: string | undefined;
  clientIp: string | undefined;
  /** Takes the rules that were found, and is not waited for. */
  reportBrokenRules: (rules: Rules) => void;
  /** Learns of every decision. It returns at once, and does not throw. */
  decided: (decided: Decided) => void;
  log: Log;
};

/** Answers each item of a friend response by the blocklist. */
export async function answerFriendResponse(
  body: FriendResponseBody,
  deps: FriendResponseDeps,
): Promise<Reply> {
  const items = body.ResponseFriendItem;
  const responses = new Map(items.map((item) => [item, friendResponseOf(item, body, deps)]));

  const startedMs = performance.now();
  const read = await within(deps.timeoutMs, () =>
    readRules(deps.blocklist, [...responses.values()], deps.kinds),
  );
  const latencyMs = Math.round(performance.now() - startedMs);
  const decisionOf = read.ok ? byRules(read.value, deps.kinds) : withoutRules(deps);
  const decisions = new Map([...responses].map(([item, each]) => [item, decisionOf(each)]));
  const reply = answered(items, (item) => verdictFor(decisions.get(item) as Decision));
  const observed = [...decisions.values()].flatMap((decision) => decision.observed ?? []);

  if (read.ok && read.value.size > 0) deps.reportBrokenRules(read.value);
  deps.log("decided", {
    items: items.length,
    refused: reply.ResultItem?.filter(({ ResultCode }) => ResultCode !== 0).length ?? 0,
    ...(observed.length > 0 && { observed: observed.length, observedCodes: codesOf(observed) }),
    blocklist: read.ok ? "read" : read.reason,
    blocklistMs: latencyMs,
    ...(!read.ok && { onBlocklistError: deps.onBlocklistError }),
    ...(!read.ok && read.reason === "error" && { error: errorName(read.error) }),
  });
  deps.decided({
    eventTime: body.EventTime,
    latencyMs,
    items: items.map((item, place) => ({
      response: responses.get(item) as FriendResponse,
      decision: decisions.get(item) as Decision,
      code: reply.ResultItem?.[place]?.ResultCode ?? 0,
    })),
  });
  return reply;
}

/** A rule's key holds accounts; its code tells the rules that are tried apart without them. */
function codesOf(matches: readonly Match[]): string {
  return [...new Set(matches.map(({ rule }) => rule.code))].sort().join(",");
}

function byRules(rules: Rules, kinds: readonly RuleKind[]): (response: FriendResponse) => Decision {
  return (response) => decide(response, rules, kinds);
}

function withoutRules({
  onBlocklistError,
}: Pick<FriendResponseDeps, "onBlocklistError">): (response: FriendResponse) => Decision {
  return ({ action }) => ({
    outcome: onBlocklistError === "block" && action !== "Reject" ? "block" : "allow",
  });
}

/** Tencent's words become ours. */
function friendResponseOf(
  item: Item,
  body: FriendResponseBody,
  { platform, clientIp }: Pick<FriendResponseDeps, "platform" | "clientIp">,
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
