import { parseJson, readAtOnce } from "../../src/http/body.ts";
import { BODY_MAX_BYTES } from "../../src/limits.ts";
import { COMMANDS, isHandled } from "../../src/tencent/commands.ts";
import { callbackParameters, checkAuthenticity, single } from "../../src/tencent/url.ts";
import { withTimeout } from "../../src/timeout.ts";
import { answer, type Body, type FloorEnv } from "./floor.ts";

/**
 * The floor, with the product's checks before it and its time limits: the least that a Worker can do for a
 * callback that it does not simply believe. It has none of the product's decisions, settings and records.
 */
export default {
  async fetch(request, env, ctx) {
    const { data: query } = callbackParameters.safeParse(request.url);
    if (query?.SdkAppid !== env.SDK_APP_ID) return new Response(null, { status: 403 });
    const proof = { sign: query.Sign, requestTime: query.RequestTime };
    const tokens = { current: env.CALLBACK_TOKEN };
    const { authentic } = await checkAuthenticity(proof, tokens, Date.now());
    if (!authentic) return new Response(null, { status: 401 });
    const isShort = Number(request.headers.get("Content-Length") ?? Number.NaN) <= BODY_MAX_BYTES;
    const read = isShort ? await readAtOnce(request, BODY_MAX_BYTES) : undefined;
    if (!read?.ok) return new Response(null, { status: 413 });
    const command = single(query.CallbackCommand);
    const json = parseJson(read.bytes);
    if (!isHandled(command) || !COMMANDS[command].body.safeParse(json).success) {
      return new Response(null, { status: 400 });
    }
    return answer(json as Body, env, ctx, withTimeout);
  },
} satisfies ExportedHandler<FloorEnv>;
