import * as z from "zod";
import { type Effect, effectOf } from "../tencent/effect.ts";
import { type Sent, sendCallback, type Target } from "../tencent/send.ts";

export type Played = {
  sent: Sent;
  effect: Effect;
  /** Why Tencent would not send this body. */
  problem: string | undefined;
};

/** Sends a body, and says what Tencent would do with the reply. */
export async function play(
  target: Target,
  command: string | undefined,
  body: string,
): Promise<Played> {
  const sent = await sendCallback(target, command, body);
  const effect = effectOf(command, askedIn(body), sent.received);
  return { sent, effect, problem: problemOf(command, body) };
}

const item = z.object({ To_Account: z.string() });
const asking = z.object({
  CallbackCommand: z.string().optional(),
  /** Of Sns.CallbackPrevFriendResponse… */
  ResponseFriendItem: z.array(item).optional(),
  /** …and of Sns.CallbackPrevFriendAdd. */
  FriendItem: z.array(item).optional(),
});

/** The accounts that a before-callback asks about. */
export function askedIn(body: string): string[] {
  const { ResponseFriendItem, FriendItem } = read(body);
  return (ResponseFriendItem ?? FriendItem ?? []).map(({ To_Account }) => To_Account);
}

/** Checks nothing else in a body: people want to see what the Worker does with odd ones. */
function problemOf(command: string | undefined, body: string): string | undefined {
  // The console's URL check has no body.
  if (command === undefined && body === "") return undefined;
  try {
    JSON.parse(body);
    return undefined;
  } catch {
    return "the body that was sent is not JSON: Tencent sends none like it";
  }
}

/** The command that a body names. */
export function commandIn(body: string): string | undefined {
  return read(body).CallbackCommand;
}

/** A raw body may be anything. If it is not JSON, or is something else, it asks nothing. */
function read(body: string): z.output<typeof asking> {
  try {
    return asking.catch({}).parse(JSON.parse(body));
  } catch {
    return {};
  }
}
