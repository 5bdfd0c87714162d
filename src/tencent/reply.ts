import { COMMANDS, isBefore, isHandled } from "./commands.ts";

/** The codes that refuse an item, or say that a before-callback failed. */
export const REFUSAL_CODE_MIN = 38_000;
export const REFUSAL_CODE_MAX = 39_000;
/** The code of the official sample: refused. */
export const REFUSED_CODE = 38_000;
/** Refused because the blocklist could not be read. */
export const BLOCKLIST_UNREADABLE_CODE = 38_001;
/** The whole before-callback failed. Tencent then lets every item pass. */
const BEFORE_FAILED_CODE = 38_002;
/** The whole after-callback failed. */
const AFTER_FAILED_CODE = 1;

export type ResultItem = { To_Account: string; ResultCode: number; ResultInfo: string };

/** What Tencent reads. Nothing else is ever sent as the answer to a callback. */
export type Reply = {
  ActionStatus: "OK" | "FAIL";
  ErrorCode: number;
  ErrorInfo: string;
  ResultItem?: ResultItem[];
};

/** A verdict on one item: 0 lets it pass, 38000 to 39000 refuses it. */
export type Verdict = { code: number; info: string };

/** Done, or nothing to do. */
export function replyOk(): Reply {
  return { ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "" };
}

/**
 * The answer to a friend response: one ResultItem for each item of the request, in its order,
 * duplicates included, with the account as it came. What a missing item would mean is not
 * documented, and any failure of the whole would let every item pass, so neither can be expressed.
 *
 * https://www.tencentcloud.com/document/product/1047/43467
 */
export function replyToItems<Item extends { To_Account: string }>(
  items: readonly Item[],
  verdictOn: (item: Item, place: number) => Verdict,
): Reply {
  return {
    ...replyOk(),
    ResultItem: items.map((item, place) => {
      const { code, info } = verdictOn(item, place);
      return {
        To_Account: item.To_Account,
        ResultCode: code === 0 ? 0 : refusalCode(code),
        ResultInfo: info,
      };
    }),
  };
}

/** Outside of the range a code would refuse nothing: it becomes the sample's. */
function refusalCode(code: number): number {
  return Number.isInteger(code) && code >= REFUSAL_CODE_MIN && code <= REFUSAL_CODE_MAX
    ? code
    : REFUSED_CODE;
}

/** Why a request gets no answer of its own. The log learns the word; the caller little. */
export type Refusal =
  | "method"
  | "path"
  | "too-large"
  | "cut-off"
  | "sign-missing"
  | "sign-wrong"
  | "time-malformed"
  | "time-stale"
  | "parameter-repeated"
  | "app-missing"
  | "app-wrong"
  | "content-type"
  | "content-encoding"
  | "command-missing"
  | "command-mismatch"
  | "malformed"
  | "misconfigured"
  | "not-stored"
  | "backend-failed"
  | "backend-loop"
  | "not-passed-on"
  | "crashed";

export type RefusalStatus = 200 | 401 | 403 | 404 | 405 | 413 | 500 | 502 | 508;

const UNAUTHENTIC = { status: 401, info: "not authentic" } as const;
const OTHER_APP = { status: 403, info: "not this app" } as const;

/**
 * HTTP status and ErrorInfo for each refusal. An authentic request gets 200 whatever is wrong with
 * it, unless it is too large, which any server may refuse by its status, or is the backend's: Tencent
 * takes any other status, and any reply that is not JSON, for an outage.
 */
const WIRE: Record<Refusal, { status: RefusalStatus; info: string }> = {
  method: { status: 405, info: "callbacks are sent with POST" },
  path: { status: 404, info: "no such path" },
  "too-large": { status: 413, info: "body too large" },
  "sign-missing": UNAUTHENTIC,
  "sign-wrong": UNAUTHENTIC,
  "time-malformed": UNAUTHENTIC,
  "time-stale": UNAUTHENTIC,
  "app-missing": OTHER_APP,
  "app-wrong": OTHER_APP,
  "parameter-repeated": { status: 200, info: "a parameter is repeated" },
  "content-type": { status: 200, info: "contenttype is not json" },
  "command-missing": { status: 200, info: "CallbackCommand is missing from the URL" },
  "command-mismatch": { status: 200, info: "CallbackCommand differs between URL and body" },
  "cut-off": { status: 200, info: "the body ends too early" },
  "content-encoding": { status: 200, info: "the body has a Content-Encoding" },
  malformed: { status: 200, info: "malformed body" },
  misconfigured: { status: 500, info: "not configured" },
  "not-stored": { status: 200, info: "the change could not be stored" },
  // The backend would have failed by its status, too: the console's policy for that decides.
  "backend-failed": { status: 502, info: "the backend did not answer" },
  "backend-loop": { status: 508, info: "passed on by friendgate, and come back to it" },
  "not-passed-on": { status: 502, info: "the callback could be neither passed on nor kept" },
  crashed: { status: 200, info: "internal error" },
};

/**
 * The reply to a request that is refused as a whole.
 *
 * @param command the callback's command as far as it is known: it decides the range of the code
 * @param detail what is wrong with an authentic request, in words that hold none of its values
 */
export function replyRefusal(
  reason: Refusal,
  command: string | undefined,
  detail?: string,
): { status: RefusalStatus; reply: Reply } {
  const { status, info } = WIRE[reason];
  return {
    status,
    reply: {
      ActionStatus: "FAIL",
      ErrorCode: isBefore(command) ? BEFORE_FAILED_CODE : AFTER_FAILED_CODE,
      ErrorInfo: detail === undefined ? info : `${info}: ${detail}`,
      // Of its members the protocol calls each required, in a failure too.
      ...(isHandled(command) && COMMANDS[command].emptyReply),
    },
  };
}
