import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { replyToItems } from "../../src/tencent/reply.ts";
import { authenticityOf, commandOf } from "../tencent/authentic.ts";
import { askedIn } from "./callback.ts";
import { type Fate, type Faults, fates } from "./fates.ts";

export type BackendOptions = {
  port: number;
  token: string;
  latencyMs: number;
  faults: Faults;
  seed: number;
  /** JSON. Undefined: the answer is OK, and every item of a before-callback passes. */
  answer: string | undefined;
};

/** One callback at the backend, without anything secret or personal. */
export type Seen = {
  command: string | undefined;
  /** The number of the attempt, as friendgate counts. Undefined if the callback came another way. */
  attempt: number | undefined;
  /** RequestTime as Tencent spelled it. */
  requestTime: string | undefined;
  answer: number | "none";
  /** Why the status is not the planned one. */
  refused?: string;
};

export type Backend = { url: string; stop: () => Promise<void> };

/**
 * Plays the app's own backend, on this machine. It checks Sign as strictly as friendgate does. A callback
 * that is not authentic gets its 401 at once, and the planned failures leave it out.
 *
 * @throws where it cannot listen
 */
export async function startBackend(
  options: BackendOptions,
  onSeen: (seen: Seen) => void,
): Promise<Backend> {
  const next = fates(options.faults, options.seed);
  const stopped = new AbortController();
  const server = createServer(async (request, response) => {
    try {
      onSeen(await answer(request, response, options, { next, signal: stopped.signal }));
    } catch {
      // The caller has gone, or the backend ends.
      response.destroy();
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.on("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    stop: () =>
      new Promise((resolve) => {
        stopped.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { token, latencyMs, answer: given }: BackendOptions,
  { next, signal }: { next: () => Fate; signal: AbortSignal },
): Promise<Seen> {
  const { url = "" } = request;
  const body = await text(request);
  const { "x-friendgate-attempt": attempt, "x-friendgate-request-time": requestTime } =
    request.headers;
  const seen = {
    command: commandOf(url),
    attempt: attempt === undefined ? undefined : Number(attempt),
    requestTime: requestTime?.toString(),
  };
  const authenticity = await authenticityOf(url, token, Date.now());
  if (!authenticity.authentic) {
    response.writeHead(401).end();
    return { ...seen, answer: 401, refused: authenticity.reason };
  }
  const fate = next();
  if (fate === "hang") return { ...seen, answer: "none" };
  await wait(latencyMs, undefined, { signal });
  const isGood = fate === 200;
  response
    .writeHead(fate, { "Content-Type": "application/json" })
    .end(isGood ? (given ?? JSON.stringify(replyFor(body))) : "");
  return { ...seen, answer: fate };
}

/** The answer that lets everything pass. */
function replyFor(body: string) {
  const items = askedIn(body).map((To_Account) => ({ To_Account }));
  const { ResultItem, ...reply } = replyToItems(items, () => ({ code: 0, info: "" }));
  return items.length === 0 ? reply : { ...reply, ResultItem };
}
