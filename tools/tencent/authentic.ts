import { timingSafeEqual } from "node:crypto";
import {
  type Authenticity,
  callbackParameters,
  checkAuthenticity,
  single,
} from "../../src/tencent/url.ts";

/** Whether a request is from somebody who knows the token, and not older than a minute. */
export async function authenticityOf(
  url: string,
  token: string,
  nowMs: number,
): Promise<Authenticity> {
  likeWorkers();
  const parsed = callbackParameters.safeParse(url);
  if (!parsed.success) return { authentic: false, reason: "sign-wrong" };
  const { Sign: sign, RequestTime: requestTime } = parsed.data;
  return checkAuthenticity({ sign, requestTime }, { current: token }, nowMs);
}

/** The command that the URL names, if it names one. */
export function commandOf(url: string): string | undefined {
  const parsed = callbackParameters.safeParse(url);
  return parsed.success ? single(parsed.data.CallbackCommand) : undefined;
}

/** Node has timingSafeEqual in another place than the runtime of Workers. */
function likeWorkers(): void {
  Object.assign(crypto.subtle, { timingSafeEqual: constantTimeEqual });
}

function constantTimeEqual(one: ArrayBuffer | Uint8Array, other: ArrayBuffer | Uint8Array) {
  return timingSafeEqual(new Uint8Array(one), new Uint8Array(other));
}
