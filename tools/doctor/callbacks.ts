import { type Latency, latencyText } from "../lib/latency.ts";
import {
  blacklistBody,
  friendAddBody,
  friendDeleteBody,
  friendRequestBody,
  friendResponseBody,
} from "../tencent/bodies.ts";
import { effectOf, REPLY_TIMEOUT_MS } from "../tencent/effect.ts";
import { whatToCheck } from "../tencent/refusal.ts";
import type { Sent } from "../tencent/send.ts";
import { RESERVED } from "./decision.ts";
import { type Finding, failed, ok, said, warning } from "./finding.ts";

/**
 * No command of Tencent's begins like this. By its name it comes before an action. So a backend that
 * does not take it does not get it again later.
 */
export const UNKNOWN_COMMAND = "Friendgate.CallbackBeforeDoctor";

/** A friend response without items. It is decided and recorded for nobody. */
export const EMPTY_RESPONSE = friendResponseBody(RESERVED.responder, []);

/** Every friend callback, without items or pairs. It changes nothing and puts nothing on the queue. */
export const EMPTY = [
  ["friend request", friendRequestBody(RESERVED.other, [])],
  ["friend response", EMPTY_RESPONSE],
  ["friend added", friendAddBody([])],
  ["friend deleted", friendDeleteBody([])],
  ["blacklist add", blacklistBody("Add", [])],
  ["blacklist delete", blacklistBody("Delete", [])],
] as const;

/** About the first signed request. If it fails, the others would tell nothing. */
export function signedFinding({ received }: Pick<Sent, "received">): Finding {
  const what = "signed";
  if (!received.ok) return failed(what, received.error, "see whether the Worker is deployed");
  const todo = whatToCheck(received.status) ?? "";
  switch (received.status) {
    case 200:
      return effectOf(undefined, [], received).ok
        ? ok(what, "the console's URL check is answered OK")
        : failed(what, "HTTP 200, and not friendgate's reply", "check the path of --url");
    case 401:
      return failed(
        what,
        "refused: the token here is not the deployment's, or this clock is wrong",
        todo,
      );
    case 403:
      return failed(what, "refused: the deployment is for another app", todo);
    case 404:
      return failed(what, "no callback is answered at this path", todo);
    default:
      return failed(what, `HTTP ${received.status}`, todo);
  }
}

/** A request that must be refused with a status, because it is not from Tencent. */
export function refusedFinding(
  what: string,
  expected: 401 | 403,
  { received }: Pick<Sent, "received">,
  todo: string,
): Finding {
  if (!received.ok) return failed(what, received.error, "see whether the Worker is up");
  return received.status === expected
    ? ok(what, `refused with ${expected}`)
    : failed(what, `HTTP ${received.status} where ${expected} was due`, todo);
}

/** @param hasBackend undefined if it is not known */
export function unknownCommandFinding(sent: Sent, hasBackend: boolean | undefined): Finding {
  const { ok: good, blocked, problems } = effectOf(UNKNOWN_COMMAND, [], sent.received);
  if (good && !blocked && problems.length === 0) {
    return ok(
      "other callbacks",
      hasBackend === false ? "answered OK, and gone: there is no BACKEND_URL" : "answered OK",
    );
  }
  return failed(
    "other callbacks",
    `not answered OK${said(problems)}`,
    hasBackend === undefined
      ? "if there is a backend, this is its answer: set API_TOKEN, and the doctor asks about it"
      : "one app has one URL, and all its callbacks come here",
  );
}

/** About a callback that has nothing to decide or to store. */
export function emptyFinding(what: string, command: string, { received }: Sent): Finding {
  const effect = effectOf(command, [], received);
  return effect.ok && effect.problems.length === 0
    ? ok(what, "answered OK (about nobody)")
    : failed(what, `not answered OK${said(effect.problems)}`, "`npx wrangler tail` shows why");
}

/** A body that is no callback. It is refused with FAIL, in an answer that Tencent can read. */
export function malformedFinding(sent: Sent): Finding {
  const effect = effectOf(undefined, [], sent.received);
  if (effect.outcome === "noted" && !effect.ok && effect.problems.length === 0) {
    return ok("malformed body", "refused with FAIL under HTTP 200");
  }
  const found = effect.ok ? "answered OK" : `answered in another shape${said(effect.problems)}`;
  return failed("malformed body", found, "deploy this version again");
}

export function contentTypeFinding(sent: readonly Sent[]): Finding {
  const others = new Set(
    sent.map(({ contentType }) => contentType ?? "none").filter((type) => !isJson(type)),
  );
  return others.size === 0
    ? ok("Content-Type", `application/json in ${sent.length} replies`)
    : warning(
        "Content-Type",
        `also ${[...others].join(", ")}`,
        "see what is in front of the Worker, and what the backend answers",
      );
}

/** Half of the time that Tencent waits. Its data centres may be farther away than this machine. */
const SLOW_MS = REPLY_TIMEOUT_MS / 2;

export function latencyFinding(latency: Latency, requests: number): Finding {
  const found = `${latencyText(latency)} in ${requests} requests, without the blocklist`;
  if (latency.p99 > REPLY_TIMEOUT_MS) {
    return failed("latency", found, `Tencent waits ${REPLY_TIMEOUT_MS} ms; measure from elsewhere`);
  }
  return latency.p99 > SLOW_MS
    ? warning("latency", found, `Tencent waits ${REPLY_TIMEOUT_MS} ms; measure from elsewhere`)
    : ok("latency", found);
}

function isJson(contentType: string): boolean {
  return /^application\/json(?:;|$)/i.test(contentType);
}
