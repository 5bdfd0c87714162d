import * as z from "zod/mini";

// The Workers runtime refuses `new Function`: zod need not try to compile its schemas.
z.config({ jitless: true });

/** The parameters of a callback's URL that friendgate reads; the others are ignored. */
const PARAMETERS = [
  "SdkAppid",
  "CallbackCommand",
  "contenttype",
  "ClientIP",
  "OptPlatform",
  "RequestTime",
  "Sign",
  "RequestId",
] as const;
type Parameter = (typeof PARAMETERS)[number];

const canonicalName = new Map<string, Parameter>(
  PARAMETERS.map((name) => [name.toLowerCase(), name]),
);

/**
 * Pages and captures spell the names in several ways (SDKAppID, RequestID): a name counts whatever
 * its case, and one that comes twice, in whatever spelling, keeps all its values.
 */
function foldNames(query: unknown): unknown {
  const folded: Partial<Record<Parameter, string | string[]>> = {};
  for (const [name, value] of Object.entries(query as Record<string, string | string[]>)) {
    const parameter = canonicalName.get(name.toLowerCase());
    if (parameter === undefined) continue;
    const before = folded[parameter];
    folded[parameter] = before === undefined ? value : [before, value].flat();
  }
  return folded;
}

const once = z.optional(z.string());
const perhapsRepeated = z.optional(z.union([z.string(), z.array(z.string())]));

/**
 * The query of a callback's URL. What authenticity rests on must not be ambiguous, so a repeated
 * SdkAppid, RequestTime or Sign is an issue here; the rest is judged when the request is known to
 * be authentic, by `repeatedParameter`.
 */
export const callbackQuery = z.pipe(
  z.transform(foldNames),
  z.object({
    SdkAppid: once,
    RequestTime: once,
    Sign: once,
    CallbackCommand: perhapsRepeated,
    contenttype: perhapsRepeated,
    ClientIP: perhapsRepeated,
    OptPlatform: perhapsRepeated,
    RequestId: perhapsRepeated,
  }),
);
export type CallbackQuery = z.output<typeof callbackQuery>;

/** The first parameter that came more than once, by its official name. */
export function repeatedParameter(query: CallbackQuery): Parameter | undefined {
  return PARAMETERS.find((name) => Array.isArray(query[name]));
}

/** A parameter's value, where it came exactly once. */
export function single(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

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

/** https://www.tencentcloud.com/document/product/1047/34360 */
const friendDelete = z.object({
  CallbackCommand: z.literal("Sns.CallbackFriendDelete"),
  PairList: z.array(z.object({ From_Account: userId, To_Account: userId })),
  EventTime: eventTime,
});

/** One app has one callback URL, so commands that friendgate does nothing about come here too. */
const unhandled = z.pipe(
  z.object({ CallbackCommand: z.string() }),
  z.transform(({ CallbackCommand: name }) => ({ CallbackCommand: "unhandled" as const, name })),
);

/** The body of each command that friendgate handles, and of any other. */
export const callbackBodies = {
  "Sns.CallbackPrevFriendResponse": friendResponse,
  "Sns.CallbackFriendAdd": friendAdd,
  "Sns.CallbackFriendDelete": friendDelete,
  unhandled,
};

export type FriendResponseBody = z.output<typeof friendResponse>;
export type FriendAddBody = z.output<typeof friendAdd>;
export type FriendDeleteBody = z.output<typeof friendDelete>;
export type CallbackBody =
  | FriendResponseBody
  | FriendAddBody
  | FriendDeleteBody
  | z.output<typeof unhandled>;

/** Which of the bodies above a command has. */
export function bodyKind(command: string): keyof typeof callbackBodies {
  return Object.hasOwn(callbackBodies, command)
    ? (command as keyof typeof callbackBodies)
    : "unhandled";
}

/**
 * What the console's URL check sends for a body: nothing, `{}` or `null`. The check is not
 * documented; people report it without CallbackCommand, and mostly without SdkAppid.
 */
export function isBlankBody(text: string): boolean {
  return /^\s*(?:\{\s*\}|null)?\s*$/.test(text);
}
