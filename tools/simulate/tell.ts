import {
  friendAddBody,
  friendDeleteBody,
  friendResponseBody,
  responseActionOf,
} from "../tencent/bodies.ts";
import { effectOf } from "../tencent/effect.ts";
import type { Target } from "../tencent/send.ts";
import { type Played, play } from "./callback.ts";
import type { Answer, Change } from "./life.ts";
import type { Step } from "./plan.ts";
import type { Outcome } from "./truth.ts";

const PLATFORMS = ["iOS", "Android", "Web", "Windows", "Mac", "Unkown"] as const;

/**
 * Plays one step as Tencent does. It asks first, if the step has a question. Then it tells of the
 * change, unless the reply prevented it. A reply that failed prevents nothing.
 */
export async function tell(
  target: Target,
  { at, happening, duplicate }: Step,
  onPlayed: (played: Played) => void,
): Promise<Outcome> {
  const { answer, change } = happening;
  const forced = change?.type === "added" && change.forced;
  const platform = forced ? "RESTAPI" : (PLATFORMS[at % PLATFORMS.length] as string);
  const from: Target = { ...target, platform };

  if (answer && !duplicate) {
    // Old versions of the body have no EventTime.
    const asked = await playBody(from, askingBody(answer, at % 10 === 0 ? undefined : Date.now()));
    onPlayed(asked);
    if (asked.effect.items.some(({ blocked }) => blocked)) return "blocked";
  }
  if (change === undefined) return "told";
  const told = await playBody(from, changeBody(change));
  onPlayed(told);
  return saysOk(told) ? "told" : "unsure";
}

/** OK means that the change is kept, also when it comes too late for Tencent. */
function saysOk({ sent: { received } }: Played): boolean {
  return received.ok && effectOf(undefined, [], { ...received, elapsedMs: 0 }).ok;
}

function playBody(target: Target, body: { CallbackCommand: string }): Promise<Played> {
  return play(target, body.CallbackCommand, JSON.stringify(body));
}

function askingBody({ responderId, applicantId, action }: Answer, eventTimeMs: number | undefined) {
  const item = {
    To_Account: applicantId,
    Remark: "",
    TagName: "",
    ResponseAction: responseActionOf(action),
  };
  return friendResponseBody(responderId, [item], eventTimeMs === undefined ? {} : { eventTimeMs });
}

function changeBody(change: Change) {
  return change.type === "added"
    ? friendAddBody(change.pairs, change)
    : friendDeleteBody(change.pairs, change.old ? Math.floor(Date.now() / 1000) : undefined);
}
