import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { failure, type PlayedApp, type RestAnswer, restAnswer } from "./rest.ts";

/** What happens to one call: a correct answer, or a fault instead. */
export type RestFate =
  | { fault: "none"; changes?: boolean }
  /** HTTP 200, and a code that is not 0. */
  | { fault: "code"; code: number }
  | { fault: "status"; status: number }
  | { fault: "hang" };

export type RestServerOptions = {
  port: number;
  /** Asked for each call, because its lists may be different each time. */
  app: () => PlayedApp;
  latencyMs?: number;
  /** How many calls are answered in one second. The others are told that they are too many. */
  callsPerSecond?: number;
  fate?: () => RestFate;
};

/** One call, without anything that is secret. */
export type SeenCall = {
  path: string;
  /** The code of the answer, an HTTP status, or none. */
  answer: { code: number } | { status: number } | "none";
};

export type RestServer = { url: string; stop: () => Promise<void> };

const TOO_MANY = 60_011;

/**
 * Plays Tencent's REST API on this machine, without TLS.
 *
 * @throws if it cannot listen
 */
export async function startRest(
  options: RestServerOptions,
  onSeen: (seen: SeenCall) => void = () => {},
): Promise<RestServer> {
  const stopped = new AbortController();
  const isTooMany = counted(options.callsPerSecond ?? Number.POSITIVE_INFINITY);
  const server = createServer(async (request, response) => {
    try {
      onSeen(await answer(request, response, { ...options, isTooMany, signal: stopped.signal }));
    } catch {
      // The caller has gone, or the server ends.
      response.destroy();
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.on("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        stopped.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Playing = RestServerOptions & { isTooMany: () => boolean; signal: AbortSignal };

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { app, latencyMs = 0, fate = () => ({ fault: "none" }), isTooMany, signal }: Playing,
): Promise<SeenCall> {
  const { pathname: path, searchParams: query } = new URL(request.url ?? "", "http://rest");
  const body = await text(request);
  const what = isTooMany() ? ({ fault: "code", code: TOO_MANY } as const) : fate();
  if (what.fault === "hang") return { path, answer: "none" };
  await wait(latencyMs, undefined, { signal });
  if (what.fault === "status") {
    response.writeHead(what.status).end("played");
    return { path, answer: { status: what.status } };
  }
  const asked = { path, query, body, nowMs: Date.now() };
  const said: RestAnswer =
    what.fault === "code" ? failure(what.code) : await restAnswer(asked, app(), what);
  response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(said));
  return { path, answer: { code: said.ErrorCode } };
}

/** Whether one more call is too many for this second. */
function counted(callsPerSecond: number): () => boolean {
  let second = 0;
  let calls = 0;
  return () => {
    const now = Math.floor(Date.now() / 1000);
    calls = now === second ? calls + 1 : 1;
    second = now;
    return calls > callsPerSecond;
  };
}
