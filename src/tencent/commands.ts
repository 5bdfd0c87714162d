import * as z from "zod/mini";

// The Workers runtime refuses `new Function`, so zod need not try to compile its schemas.
z.config({ jitless: true });

/**
 * The most bytes of a UserID. The documents say 32. Longer ones have been seen, so friendgate accepts 128.
 * https://cloud.tencent.com/document/product/269/9346
 */
export const USER_ID_MAX_BYTES = 128;
const PLAIN_ID = /^[\x20-\x7e]{1,128}$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: a control character is what it looks for
const UNSTORABLE = /[\x00-\x1f\x7f\ufffd]/;
const encoder = new TextEncoder();

/**
 * Whether the tables of pairs can keep an account byte for byte. The documents allow printable ASCII. Other
 * text passes, too, except control characters and U+FFFD, which stands for bytes that could not be read.
 */
export function isUserId(account: unknown): account is string {
  if (typeof account !== "string" || account.length > USER_ID_MAX_BYTES) return false;
  if (PLAIN_ID.test(account)) return true;
  return (
    account !== "" &&
    account.isWellFormed() &&
    !UNSTORABLE.test(account) &&
    encoder.encode(account).length <= USER_ID_MAX_BYTES
  );
}

/** A field that may be anything, or missing. It never makes a body fail. */
const anything = z.optional(z.unknown());
/** A list of anything. `z.array` would run a schema for each of its entries. */
const anyList = z.unknown().check(z.refine(Array.isArray)) as z.ZodMiniType<unknown[]>;

/** Milliseconds since the epoch. A value that is not a whole positive number counts as absent. */
function readTime(ms: unknown): number | undefined {
  return typeof ms === "number" && Number.isSafeInteger(ms) && ms > 0 ? ms : undefined;
}

/**
 * The body of a before-callback. A field that the decision does not need never makes it fail, because after
 * a failure Tencent lets every item pass. Each item is read by itself. Only a body without a list of items
 * is no question. Texts that users wrote to each other are not read at all.
 */
function question<Name extends string, Item extends AskedItem>(
  command: Name,
  list: string,
  readItem: (item: unknown) => Item,
) {
  return z.pipe(
    z.object({
      CallbackCommand: z
        .optional(z.unknown())
        .check(z.refine((name) => typeof name !== "string" || name === command)),
      Requester_Account: anything,
      From_Account: anything,
      [list]: anyList,
      EventTime: anything,
    }),
    z.transform((body): Question<Name, Item> => {
      const items = (body[list] as unknown[]).map(readItem);
      const odd = [
        typeof body.CallbackCommand !== "string",
        typeof body.From_Account !== "string",
        body.Requester_Account !== undefined && typeof body.Requester_Account !== "string",
        ...items.map(({ odd }) => odd),
      ];
      return {
        CallbackCommand: command,
        Requester_Account: readAccount(body.Requester_Account),
        From_Account: readAccount(body.From_Account),
        items,
        EventTime: readTime(body.EventTime),
        odd: odd.filter(Boolean).length,
      };
    }),
  );
}

export type AskedItem = { To_Account: string; odd: boolean };
export type Question<Name extends string, Item extends AskedItem> = {
  CallbackCommand: Name;
  Requester_Account: string;
  From_Account: string;
  items: Item[];
  EventTime: number | undefined;
  /** How many fields and items were not as the pages say. */
  odd: number;
};

/** https://www.tencentcloud.com/document/product/1047/43468 */
const friendRequest = question("Sns.CallbackPrevFriendAdd", "FriendItem", readAskedItem);
export type FriendRequestBody = z.output<typeof friendRequest>;

/** https://www.tencentcloud.com/document/product/1047/43467 */
const friendResponse = question(
  "Sns.CallbackPrevFriendResponse",
  "ResponseFriendItem",
  (item): AskedItem & { ResponseAction: string } => {
    const { To_Account, odd } = readAskedItem(item);
    const { ResponseAction: action } = fieldsOf(item);
    // An item without a ResponseAction counts as one that adds a friend.
    return typeof action === "string"
      ? { To_Account, ResponseAction: action, odd }
      : { To_Account, ResponseAction: "", odd: true };
  },
);
export type FriendResponseBody = z.output<typeof friendResponse>;

function readAskedItem(item: unknown): AskedItem {
  const { To_Account: account } = fieldsOf(item);
  return { To_Account: readAccount(account), odd: typeof account !== "string" };
}

/** A number stands for its digits. A value that is neither text nor number names nobody. */
export function readAccount(account: unknown): string {
  if (typeof account === "string") return account;
  return Number.isSafeInteger(account) ? String(account) : "";
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/**
 * The pairs that can be stored, and those that cannot, as they came. A bad pair does not spoil the others.
 */
function readPairs(list: readonly unknown[]): { pairs: Pair[]; unstorable: unknown[] } {
  const pairs: Pair[] = [];
  const unstorable: unknown[] = [];
  for (const item of list) {
    const pair = readPair(item);
    if (pair === undefined) unstorable.push(item);
    else pairs.push(pair);
  }
  return { pairs, unstorable };
}
type Pair = { From_Account: string; To_Account: string; Initiator_Account: string | null };

function readPair(item: unknown): Pair | undefined {
  const { From_Account: from, To_Account: to, Initiator_Account: initiator } = fieldsOf(item);
  if (!isUserId(from) || !isUserId(to)) return undefined;
  return { From_Account: from, To_Account: to, Initiator_Account: orNull(initiator, isUserId) };
}

/** Attributes say how a change was made. One that is not as the pages say is null, and refuses nothing. */
function orNull(value: unknown, isValid: (value: unknown) => value is string): string | null {
  return isValid(value) ? value : null;
}

const isWord = (value: unknown): value is string =>
  typeof value === "string" && /^\w{1,64}$/.test(value);

/** A body with a list of pairs, and nothing else that is needed. */
const pairsShape = <const Name extends string>(name: Name) => ({
  CallbackCommand: z.literal(name),
  PairList: anyList,
  EventTime: anything,
});
const readPairsBody = <Name extends string>(body: {
  CallbackCommand: Name;
  PairList: unknown[];
  EventTime?: unknown;
}) => ({
  CallbackCommand: body.CallbackCommand,
  PairList: readPairs(body.PairList),
  EventTime: readTime(body.EventTime),
});
const pairsBody = <const Name extends string>(name: Name) =>
  z.pipe(z.object(pairsShape(name)), z.transform(readPairsBody<Name>));
export type PairsBody = z.output<ReturnType<typeof pairsBody>>;

/** https://www.tencentcloud.com/document/product/1047/34359 */
const friendAdd = z.pipe(
  z.object({
    ...pairsShape("Sns.CallbackFriendAdd"),
    ClientCmd: anything,
    Admin_Account: anything,
    ForceFlag: anything,
  }),
  z.transform((body) => ({
    ...readPairsBody(body),
    ClientCmd: orNull(body.ClientCmd, isWord),
    Admin_Account: orNull(body.Admin_Account, isUserId),
    ForceFlag: body.ForceFlag === 1 || body.ForceFlag === "1" || body.ForceFlag === true,
  })),
);
export type FriendAddBody = z.output<typeof friendAdd>;

/** https://www.tencentcloud.com/document/product/1047/34360 */
const friendDelete = pairsBody("Sns.CallbackFriendDelete");

/** From_Account has added To_Account to the blacklist, or removed it. */
const blacklistAdd = pairsBody("Sns.CallbackBlackListAdd");
const blacklistDelete = pairsBody("Sns.CallbackBlackListDelete");

/** The body of each command that friendgate handles. */
export type Bodies = {
  "Sns.CallbackPrevFriendAdd": FriendRequestBody;
  "Sns.CallbackPrevFriendResponse": FriendResponseBody;
  "Sns.CallbackFriendAdd": FriendAddBody;
  "Sns.CallbackFriendDelete": PairsBody;
  "Sns.CallbackBlackListAdd": PairsBody;
  "Sns.CallbackBlackListDelete": PairsBody;
};
export type Command = keyof Bodies;

type CommandRow<Body> = {
  body: z.ZodMiniType<Body>;
  /** The members of a reply without answers, besides the three that every reply has. */
  emptyReply: Record<string, never[]>;
};

/** The commands that friendgate handles, with the body and the reply of each. */
export const COMMANDS: { readonly [C in Command]: CommandRow<Bodies[C]> } = {
  "Sns.CallbackPrevFriendAdd": { body: friendRequest, emptyReply: { ResultItem: [] } },
  "Sns.CallbackPrevFriendResponse": { body: friendResponse, emptyReply: { ResultItem: [] } },
  "Sns.CallbackFriendAdd": { body: friendAdd, emptyReply: {} },
  "Sns.CallbackFriendDelete": { body: friendDelete, emptyReply: {} },
  "Sns.CallbackBlackListAdd": { body: blacklistAdd, emptyReply: {} },
  "Sns.CallbackBlackListDelete": { body: blacklistDelete, emptyReply: {} },
};

export function isHandled(command: string | undefined): command is Command {
  return command !== undefined && Object.hasOwn(COMMANDS, command);
}

/** Every body repeats the command of its URL. One app has one callback URL, so every command comes here. */
export const anyBody = z.object({ CallbackCommand: z.string() });

/**
 * Whether a callback comes before an action, and so can prevent it. Every family has such names:
 * Sns.CallbackPrev…, C2C.CallbackBefore…
 */
export function isBefore(command: string | undefined): boolean {
  return command !== undefined && /\.Callback(?:Prev|Before)/.test(command);
}

/** Whether a callback comes before an action that friendgate allows or refuses. */
export function isDecided(command: string | undefined): boolean {
  return isHandled(command) && isBefore(command);
}

/** Text of another form could be anything: Sign does not cover this parameter. */
const COMMAND = /^(\w{1,32})\.\w{1,64}$/;

/** A command as it may stand in a log. */
export function loggable(command: string | undefined): string | undefined {
  return command === undefined || COMMAND.test(command) ? command : "other";
}

/** What the command is about: Sns, C2C, Group, State … */
export function familyOf(command: string | undefined): string {
  return COMMAND.exec(command ?? "")?.[1] ?? "other";
}

/**
 * Whether a body is like that of the console's URL check: nothing, `{}` or `null`. The check is not
 * documented. People report it without CallbackCommand, and mostly without SdkAppid.
 */
export function isBlankBody(text: string): boolean {
  const content = text.trim();
  if (content === "" || content === "null") return true;
  return content.startsWith("{") && content.endsWith("}") && content.slice(1, -1).trim() === "";
}
