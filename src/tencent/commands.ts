import * as z from "zod/mini";

// The Workers runtime refuses `new Function`: zod need not try to compile its schemas.
z.config({ jitless: true });

/**
 * The most bytes of a UserID. The documents say 32; longer ones have been seen, and 128 is where
 * leniency ends. https://cloud.tencent.com/document/product/269/9346
 */
const USER_ID_MAX_BYTES = 128;
const PLAIN_ID = /^[\x20-\x7e]{1,128}$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: a control character is what it looks for
const CONTROL = /[\x00-\x1f\x7f]/;
const encoder = new TextEncoder();

/** Printable ASCII by the documents; any other text that every store keeps byte for byte, too. */
function isUserId(text: string): boolean {
  if (PLAIN_ID.test(text)) return true;
  return (
    text !== "" &&
    text.isWellFormed() &&
    !CONTROL.test(text) &&
    encoder.encode(text).length <= USER_ID_MAX_BYTES
  );
}

const userId = z.string().check(z.refine(isUserId));
/** Tencent sends "" for "nobody". */
const userIdOrNobody = z.nullish(z.union([z.literal(""), userId]));

/** Milliseconds since the epoch; one that is not a whole positive number counts as absent. */
const eventTime = z.catch(z.optional(z.int().check(z.positive())), undefined);

/**
 * Accounts here are any text: refusing the whole body for one odd account would let every item of
 * it pass, for Tencent takes a failure as consent.
 * https://www.tencentcloud.com/document/product/1047/43467
 */
const friendResponse = z.object({
  CallbackCommand: z.literal("Sns.CallbackPrevFriendResponse"),
  Requester_Account: z.optional(z.string()),
  From_Account: z.string(),
  ResponseFriendItem: z.array(z.object({ To_Account: z.string(), ResponseAction: z.string() })),
  EventTime: eventTime,
});
export type FriendResponseBody = z.output<typeof friendResponse>;

/** https://www.tencentcloud.com/document/product/1047/34359 */
const friendAdd = z.object({
  CallbackCommand: z.literal("Sns.CallbackFriendAdd"),
  PairList: z.array(
    z.object({ From_Account: userId, To_Account: userId, Initiator_Account: userIdOrNobody }),
  ),
  ClientCmd: z.nullish(z.string().check(z.maxLength(64))),
  Admin_Account: userIdOrNobody,
  ForceFlag: z.nullish(z.int()),
  EventTime: eventTime,
});
export type FriendAddBody = z.output<typeof friendAdd>;

/** https://www.tencentcloud.com/document/product/1047/34360 */
const friendDelete = z.object({
  CallbackCommand: z.literal("Sns.CallbackFriendDelete"),
  PairList: z.array(z.object({ From_Account: userId, To_Account: userId })),
  EventTime: eventTime,
});
export type FriendDeleteBody = z.output<typeof friendDelete>;

/** The body of each command that friendgate handles. */
export type Bodies = {
  "Sns.CallbackPrevFriendResponse": FriendResponseBody;
  "Sns.CallbackFriendAdd": FriendAddBody;
  "Sns.CallbackFriendDelete": FriendDeleteBody;
};
export type Command = keyof Bodies;

type CommandRow<Body> = {
  body: z.ZodMiniType<Body>;
  /** What a reply has besides the three members that each has, where it answers nothing. */
  emptyReply: Record<string, never[]>;
};

/** The commands that friendgate handles: what comes with each, and what its answer is made of. */
export const COMMANDS: { readonly [C in Command]: CommandRow<Bodies[C]> } = {
  "Sns.CallbackPrevFriendResponse": { body: friendResponse, emptyReply: { ResultItem: [] } },
  "Sns.CallbackFriendAdd": { body: friendAdd, emptyReply: {} },
  "Sns.CallbackFriendDelete": { body: friendDelete, emptyReply: {} },
};

export function isHandled(command: string | undefined): command is Command {
  return command !== undefined && Object.hasOwn(COMMANDS, command);
}

/** What every body repeats of its URL. One app has one callback URL, so every command comes here. */
export const anyBody = z.object({ CallbackCommand: z.string() });

/** Before an action, and so able to prevent it. Every family names them so: Sns.CallbackPrev…, C2C.CallbackBefore… */
export function isBefore(command: string | undefined): boolean {
  return command !== undefined && /\.Callback(?:Prev|Before)/.test(command);
}

/**
 * What the console's URL check sends for a body: nothing, `{}` or `null`. The check is not
 * documented; people report it without CallbackCommand, and mostly without SdkAppid.
 */
export function isBlankBody(text: string): boolean {
  return /^\s*(?:\{\s*\}|null)?\s*$/.test(text);
}
