import {
  decide,
  type FriendResponse,
  type Match,
  type RuleKind,
  type Rules,
  readRules,
} from "../friends/blocklist.ts";
import type { Action } from "../friends/rule.ts";
import { errorName, type Log } from "../log.ts";
import { answered, BLOCKLIST_UNREADABLE_CODE, type Reply, type Verdict } from "../tencent/reply.ts";
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
  log: Log;
};

const UNREADABLE_INFO = "The friend response cannot be checked now. Try again later.";

/** Answers each item of a friend response by the blocklist. */
export async function answerFriendResponse(
  body: FriendResponseBody,
  deps: FriendResponseDeps,
): Promise<Reply> {
  const items = body.ResponseFriendItem;
  const responses = new Map(items.map((item) => [item, friendResponseOf(item, body, deps)]));
  const responseOf = (item: Item) => responses.get(item) as FriendResponse;

  const startedMs = performance.now();
  const read = await within(deps.timeoutMs, () =>
    readRules(deps.blocklist, [...responses.values()], deps.kinds),
  );
  const observed: Match[] = [];
  const verdictOf = read.ok
    ? byRules(read.value, deps.kinds, (match) => observed.push(match))
    : withoutRules(deps.onBlocklistError);
  const reply = answered(items, (item) => verdictOf(responseOf(item)));

  if (read.ok && read.value.size > 0) deps.reportBrokenRules(read.value);
  deps.log("decided", {
    items: items.length,
    refused: reply.ResultItem?.filter(({ ResultCode }) => ResultCode !== 0).length ?? 0,
    ...(observed.length > 0 && { observed: observed.length, observedCodes: codesOf(observed) }),
    blocklist: read.ok ? "read" : read.reason,
    blocklistMs: Math.round(performance.now() - startedMs),
    ...(!read.ok && { onBlocklistError: deps.onBlocklistError }),
    ...(!read.ok && read.reason === "error" && { error: errorName(read.error) }),
  });
  return reply;
}

function byRules(
  rules: Rules,
  kinds: readonly RuleKind[],
  onObserved: (match: Match) => void,
): (response: FriendResponse) => Verdict {
  return (response) => {
    const decision = decide(response, rules, kinds);
    if (decision.observed) onObserved(decision.observed);
    return verdictFor(decision);
  };
}

/** A rule's key holds accounts; its code tells the rules that are tried apart without them. */
function codesOf(matches: readonly Match[]): string {
  return [...new Set(matches.map(({ rule }) => rule.code))].sort().join(",");
}

function withoutRules(onError: "allow" | "block"): (response: FriendResponse) => Verdict {
  return ({ action }) =>
    onError === "block" && action !== "Reject"
      ? { code: BLOCKLIST_UNREADABLE_CODE, info: UNREADABLE_INFO }
      : { code: 0, info: "" };
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
