import { readBytes } from "../http/body.ts";
import { BACKEND_ANSWER_MAX_BYTES } from "../limits.ts";
import { errorName } from "../log.ts";
import { tryWithTimeout } from "../timeout.ts";
import type { Backend } from "./backend.ts";
import { ATTEMPT_HEADER, LOOP_HEADER } from "./headers.ts";

/** What reaches the backend unchanged. */
export type PassedOn = {
  /** Without its question mark. */
  query: string;
  contentType: string | null;
  body: Uint8Array;
};

export type BackendAnswer = { status: number; contentType: string | null; body: Uint8Array };

export type Forwarded =
  | { ok: true; answer: BackendAnswer }
  /** `loop`: it went to friendgate itself. */
  | { ok: false; reason: "late" | "unreachable" | "loop"; error?: string };

/**
 * Tries once to pass a callback on, and to read the answer, within so many milliseconds. Content-Type is
 * the only header that it passes on. It follows no redirect.
 *
 * @param attempt counts from 1
 * @param requestTime as Tencent's URL spelled it
 */
export async function forward(
  { query, contentType, body }: PassedOn,
  backend: Pick<Backend, "url" | "fetch">,
  options: { attempt: number; requestTime: string | undefined; timeoutMs: number },
): Promise<Forwarded> {
  const { attempt, requestTime, timeoutMs } = options;
  const cut = new AbortController();
  const tried = await tryWithTimeout(timeoutMs, async (): Promise<Forwarded> => {
    const response = await backend.fetch(
      new Request(withQuery(backend.url, query), {
        method: "POST",
        redirect: "manual",
        body,
        signal: cut.signal,
        headers: {
          ...(contentType !== null && { "Content-Type": contentType }),
          [ATTEMPT_HEADER]: String(attempt),
          ...(requestTime !== undefined && {
            "X-Friendgate-Request-Time": encodeURIComponent(requestTime),
          }),
          "X-Friendgate-Deadline-Ms": String(timeoutMs),
        },
      }),
    );
    if (response.headers.has(LOOP_HEADER)) {
      await response.body?.cancel();
      return { ok: false, reason: "loop" };
    }
    const { status } = response;
    // An interim status (1xx), or no status at all, cannot be an answer.
    if (status < 200 || status > 599) {
      await response.body?.cancel();
      return { ok: false, reason: "unreachable", error: `status-${status}` };
    }
    const read = await readBytes(response.body, BACKEND_ANSWER_MAX_BYTES);
    if (!read.ok) return { ok: false, reason: "unreachable", error: read.reason };
    const answer = {
      status,
      contentType: response.headers.get("Content-Type"),
      body: read.bytes,
    };
    return { ok: true, answer };
  });
  if (tried.ok) return tried.value;
  if (tried.reason === "error") {
    return { ok: false, reason: "unreachable", error: errorName(tried.error) };
  }
  cut.abort();
  return { ok: false, reason: "late" };
}

/** The backend's answer as it came. */
export function relayed({ status, contentType, body }: BackendAnswer): Response {
  return new Response(body.byteLength === 0 ? null : body, {
    status,
    headers: contentType === null ? {} : { "Content-Type": contentType },
  });
}

/** Whether the backend took the callback. With any other status it did not. */
export function isTaken({ status }: BackendAnswer): boolean {
  return status >= 200 && status < 300;
}

/** If the backend's address has its own query, that comes first. */
function withQuery(url: string, query: string): string {
  if (!url.includes("?")) return `${url}?${query}`;
  return /[?&]$/.test(url) ? url + query : `${url}&${query}`;
}
