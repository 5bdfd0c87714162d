import {
  blacklistBody,
  friendAddBody,
  friendDeleteBody,
  friendRequestBody,
  friendResponseBody,
  responseActionOf,
} from "../tencent/bodies.ts";
import { effectOf } from "../tencent/effect.ts";
import type { Target } from "../tencent/send.ts";
import { type Played, play } from "./callback.ts";
import type { Change, Question } from "./happening.ts";
import type { Step } from "./plan.ts";
import type { Outcome } from "./truth.ts";
import { passes, type Verdict, verdictsOf } from "./verdicts.ts";

const PLATFORMS = ["iOS", "Android", "Web", "Windows", "Mac", "Unkown"] as const;

export type Listener = {
  /** Its changes happen, and no callback tells about them. */
  isLost?: boolean;
  onPlayed: (played: Played) => void;
  onAnswered: (verdicts: readonly Verdict[]) => void;
};

/**
 * Plays one step as Tencent does. It asks first, if the step has questions. Then it tells of the
 * changes, unless a reply prevented them. A reply that failed prevents nothing.
 */
export async function tell(
  target: Target,
  { at, happening, duplicate }: Step,
  { isLost = false, onPlayed, onAnswered }: Listener,
): Promise<Outcome> {
  const forced = happening.changes.some((change) => "forced" in change && change.forced);
  const platform = forced ? "RESTAPI" : (PLATFORMS[at % PLATFORMS.length] as string);
  const from: Target = { ...target, platform };

  for (const question of duplicate ? [] : happening.questions) {
    // Old versions of the body have no EventTime.
    const asked = await playBody(from, questionBody(question, at % 10 === 0));
    onPlayed(asked);
    const verdicts = verdictsOf(question, happening, asked.effect);
    onAnswered(verdicts);
    if (!passes(verdicts)) return "blocked";
  }
  if (isLost) return "lost";
  let outcome: Outcome = "told";
  for (const change of happening.changes) {
    const told = await playBody(from, changeBody(change));
    onPlayed(told);
    if (!saysOk(told)) outcome = "unsure";
  }
  return outcome;
}

/** OK means that the change is kept, even if it comes too late for Tencent. */
function saysOk({ sent: { received } }: Played): boolean {
  return received.ok && effectOf(undefined, [], { ...received, elapsedMs: 0 }).ok;
}

function playBody(target: Target, body: { CallbackCommand: string }): Promise<Played> {
  return play(target, body.CallbackCommand, JSON.stringify(body));
}

function questionBody(question: Question, old: boolean) {
  const eventTime = old ? {} : { eventTimeMs: Date.now() };
  switch (question.type) {
    case "request": {
      const { applicantId, responderIds, oneWay = false } = question;
      const items = responderIds.map((To_Account) => ({
        ...{ To_Account, Remark: "", GroupName: "" },
        ...{ AddSource: "AddSource_Type_Simulate", AddWording: "" },
      }));
      return friendRequestBody(applicantId, items, { oneWay, ...eventTime });
    }
    case "response": {
      const { responderId, applicantId, action } = question;
      const ResponseAction = responseActionOf(action);
      const item = { To_Account: applicantId, Remark: "", TagName: "", ResponseAction };
      return friendResponseBody(responderId, [item], eventTime);
    }
  }
}

function changeBody(change: Change) {
  if (change.table === "blacklist") {
    return blacklistBody(change.type === "added" ? "Add" : "Delete", change.pairs);
  }
  return change.type === "added"
    ? friendAddBody(change.pairs, change)
    : friendDeleteBody(change.pairs, change.old ? Math.floor(Date.now() / 1000) : undefined);
}
