import { errorName } from "../../src/log.ts";
import type { Received } from "./effect.ts";
import { type CallbackParameters, callbackParameters, callbackUrl, requestTimeAt } from "./url.ts";

/** A deployment, and how it is addressed. */
export type Target = {
  /** The URL that is configured in the IM console. */
  url: string;
  appId: string;
  token: string;
  clientIp: string;
  platform: string;
  /** Gives up what is under way. */
  signal?: AbortSignal;
};

/** Longer than Tencent would wait, to show what Tencent would have missed. */
const GIVE_UP_MS = 10_000;

export type Sent = { url: URL; body: string; received: Received; contentType?: string | null };

export type SendOptions = {
  /** What the sender's clock says, in milliseconds since the epoch. */
  nowMs?: number;
  /** Parameters that replace the usual ones. Undefined leaves one out. */
  instead?: CallbackParameters;
};

/** Sends a callback as Tencent does. */
export async function sendCallback(
  target: Target,
  command: string | undefined,
  body: string,
  { nowMs = Date.now(), instead = {} }: SendOptions = {},
): Promise<Sent> {
  const parameters = await callbackParameters({
    ...target,
    command,
    requestTime: requestTimeAt(nowMs),
  });
  const url = callbackUrl(target.url, { ...parameters, ...instead });
  return { url, body, ...(await post(url, body, target.signal)) };
}

async function post(
  url: URL,
  body: string,
  signal: AbortSignal | undefined,
): Promise<Omit<Sent, "url" | "body">> {
  const startedMs = performance.now();
  const elapsedMs = () => performance.now() - startedMs;
  try {
    const response = await fetch(url, {
      method: "POST",
      body,
      redirect: "manual",
      signal: AbortSignal.any([AbortSignal.timeout(GIVE_UP_MS), ...(signal ? [signal] : [])]),
    });
    const text = await response.text();
    return {
      received: { ok: true, status: response.status, text, elapsedMs: elapsedMs() },
      contentType: response.headers.get("Content-Type"),
    };
  } catch (error) {
    return { received: { ok: false, error: reasonOf(error), elapsedMs: elapsedMs() } };
  }
}

/** The error of fetch says only "fetch failed". Its cause says why. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
  return code ?? (cause instanceof Error ? cause.message : errorName(cause));
}
