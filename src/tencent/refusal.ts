import { COMMANDS, isBefore, isHandled } from "./commands.ts";
import type { Reply } from "./reply.ts";

/** The whole before-callback failed. Tencent then lets every item pass. */
const BEFORE_FAILED_CODE = 38_002;
/** The whole after-callback failed. */
const AFTER_FAILED_CODE = 1;

/** Why a request is refused as a whole. The log gets this word. The caller learns little. */
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
 * HTTP status and ErrorInfo for each refusal. An authentic request gets 200, whatever is wrong with it:
 * Tencent takes any other status, and any reply that is not JSON, for an outage. There are two exceptions. A
 * request may be too large, which any server may refuse by its status. Or it is for the backend.
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
  // The backend would also have failed by its status. Then the console's policy for failures decides.
  "backend-failed": { status: 502, info: "the backend did not answer" },
  "backend-loop": { status: 508, info: "passed on by friendgate, and come back to it" },
  "not-passed-on": { status: 502, info: "the callback could be neither passed on nor kept" },
  crashed: { status: 200, info: "internal error" },
};

/**
 * The reply to a request that is refused as a whole.
 *
 * @param command the callback's command, if known; it decides the range of the code
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
      // The protocol requires each member of the reply, in a failure, too.
      ...(isHandled(command) && COMMANDS[command].emptyReply),
    },
  };
}
