import { type KeptCallback, textOf } from "../events/callback.ts";
import { jsonByteLength } from "../events/chunks.ts";
import { KEEP_TIMEOUT_MS, KEPT_MAX_BYTES } from "../limits.ts";
import { failureName } from "../log.ts";
import { tryWithTimeout } from "../timeout.ts";
import type { Call, Passing } from "./call.ts";

export type Kept = { ok: true; bytes: number } | { ok: false; why: string };

/** Why no message can hold it. */
export const TOO_LARGE = "too-large";

/**
 * Puts a callback on the queue of the callbacks that wait for the backend.
 *
 * @param attempts how often the backend was tried
 * @returns how many bytes the message has, or why there is none: `too-large`, `timeout`, or the error's name
 */
export async function keepCallback(
  { command, requestTime, token, query, contentType, body }: Passing,
  attempts: number,
  { callbackQueue, nowMs, waitUntil }: Pick<Call, "callbackQueue" | "nowMs" | "waitUntil">,
): Promise<Kept> {
  const message: KeptCallback = {
    v: 1,
    type: "callback",
    command: command ?? null,
    arrivedMs: nowMs,
    requestTime: requestTime ?? null,
    token,
    attempts,
    query,
    contentType,
    ...textOf(body),
  };
  const bytes = jsonByteLength(message);
  if (bytes > KEPT_MAX_BYTES) return { ok: false, why: TOO_LARGE };
  const sent = await tryWithTimeout(KEEP_TIMEOUT_MS, () => {
    const sending = callbackQueue.send(message, { contentType: "json" });
    // Tencent may have gone by then. The message must arrive all the same.
    waitUntil(sending.catch(() => {}));
    return sending;
  });
  return sent.ok ? { ok: true, bytes } : { ok: false, why: failureName(sent) };
}
