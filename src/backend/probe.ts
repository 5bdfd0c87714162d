import type { Config } from "../config.ts";
import { HEALTH_TIMEOUT_MS } from "../limits.ts";
import { signOf } from "../tencent/url.ts";
import type { Backend } from "./backend.ts";
import { type Forwarded, forward } from "./forward.ts";
import { requestTimeOf } from "./sign.ts";

const encoder = new TextEncoder();

/** Asks the backend what the console's URL check asks: authentic, without a command, with an empty body. */
export async function probe(
  backend: Pick<Backend, "url" | "fetch">,
  { appId, tokens }: Pick<Config, "appId" | "tokens">,
  nowMs: number,
): Promise<Forwarded> {
  const requestTime = requestTimeOf(nowMs);
  const query = new URLSearchParams({
    SdkAppid: appId,
    contenttype: "json",
    RequestTime: requestTime,
    ...(tokens && { Sign: await signOf(tokens.current, requestTime) }),
  });
  return forward(
    { query: String(query), contentType: "application/json", body: encoder.encode("{}") },
    backend,
    { attempt: 1, requestTime, timeoutMs: HEALTH_TIMEOUT_MS },
  );
}
