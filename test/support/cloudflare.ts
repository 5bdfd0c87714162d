import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { assetRoutes } from "./cloudflare/assets.ts";
import { d1Routes } from "./cloudflare/d1.ts";
import { type Fault, Faults } from "./cloudflare/faults.ts";
import { type Answer, ApiError, type Call } from "./cloudflare/http.ts";
import { kvRoutes } from "./cloudflare/kv.ts";
import { queueRoutes } from "./cloudflare/queues.ts";
import { router } from "./cloudflare/router.ts";
import { running, scriptRoutes } from "./cloudflare/scripts.ts";
import { secretRoutes } from "./cloudflare/secrets.ts";
import type { Account } from "./cloudflare/state.ts";
import { userRoutes } from "./cloudflare/user.ts";

export type Options = {
  /** Of workers.dev; null is an account that has none yet. */
  subdomain?: string | null;
  /** The free plan keeps a queue's messages for a day at most. */
  plan?: Account["plan"];
};

export type Request = { method: string; path: string; query: string; status: number | "cut" };

export type Cloudflare = Awaited<ReturnType<typeof startCloudflare>>;

const TOKEN = "token-of-the-double";
const ACCOUNT = "0123456789abcdef0123456789abcdef";
const PREFIX = "/client/v4";

/**
 * Plays Cloudflare's API on loopback for the real wrangler: `env` is what wrangler needs. It begins
 * empty, keeps what it is given, and refuses what Cloudflare refuses; no Worker runs in it.
 */
export async function startCloudflare({ subdomain = "double", plan = "paid" }: Options = {}) {
  const state: Account = {
    id: ACCOUNT,
    subdomain,
    plan,
    namespaces: [],
    databases: [],
    queues: [],
    scripts: new Map(),
    assets: new Map(),
  };
  const requests: Request[] = [];
  const unknown: string[] = [];
  const faults = new Faults();
  let origin = "";

  const find = router({
    ...userRoutes(state),
    ...kvRoutes(state),
    ...d1Routes(state, () => origin + PREFIX),
    ...queueRoutes(state),
    ...scriptRoutes(state),
    ...assetRoutes(state),
    ...secretRoutes(state),
  });

  async function answer(call: Call): Promise<Answer> {
    const upload = call.path.startsWith("/upload/") || call.path.endsWith("/assets/upload");
    if (!upload && call.headers.get("authorization") !== `Bearer ${TOKEN}`) {
      throw call.path === "/user/tokens/verify"
        ? new ApiError(401, 1000, "Invalid API Token")
        : new ApiError(403, 9109, "Invalid access token");
    }
    const found = find(call.method, call.path);
    if (found === undefined) {
      unknown.push(`${call.method} ${call.path}`);
      throw new ApiError(404, 7003, `Could not route to ${call.path}`);
    }
    const { account = ACCOUNT } = found.params;
    if (account !== ACCOUNT) throw new ApiError(403, 10000, "Authentication error");
    return found.handler({ ...call, params: found.params });
  }

  async function serve(request: IncomingMessage, response: ServerResponse) {
    const call = await callOf(request);
    const entry: Request = {
      method: call.method,
      path: call.path,
      query: call.query.toString(),
      status: "cut",
    };
    requests.push(entry);
    const fault = faults.of(call.method, call.path);
    if (fault?.answer === "cut") {
      if (fault.carriedOut) await answer(call).catch(() => undefined);
      request.socket.destroy();
      return;
    }
    try {
      if (fault !== undefined) {
        const { status, code, message } = fault.answer;
        throw new ApiError(status, code, message);
      }
      entry.status = send(response, await answer(call));
    } catch (error) {
      // What is no refusal is a fault of the double's own, and has to be seen.
      if (!(error instanceof ApiError)) unknown.push(`${call.method} ${call.path}: ${error}`);
      entry.status = refuse(response, error);
    }
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error) => response.destroy(error));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url: origin + PREFIX,
    env: {
      CLOUDFLARE_API_BASE_URL: origin + PREFIX,
      CLOUDFLARE_API_TOKEN: TOKEN,
      CLOUDFLARE_ACCOUNT_ID: ACCOUNT,
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
      // With its banner, and where something failed, wrangler asks npm for a newer one.
      WRANGLER_HIDE_BANNER: "true",
      npm_config_registry: "http://127.0.0.1:9/",
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_SEND_ERROR_REPORTS: "false",
      CI: "true",
    },
    state,
    /** The Worker that runs under this name: what was uploaded, and what came of it. */
    worker: (name: string) => running(state, name),
    /** In the order in which they came. */
    requests,
    /** What nothing here answers, or answers wrongly. A test asks that there is none. */
    unknown,
    fail: (fault: Fault) => faults.add(fault),
    heal: () => faults.clear(),
    async close() {
      if (!server.listening) return;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      for (const { sqlite } of state.databases) sqlite.close();
    },
  };
}

async function callOf(request: IncomingMessage): Promise<Call> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://double");
  return {
    method: request.method ?? "GET",
    path: pathname.startsWith(PREFIX) ? pathname.slice(PREFIX.length) : pathname,
    query: searchParams,
    headers: new Headers(request.headers as Record<string, string>),
    body: Buffer.concat(chunks),
    params: {},
  };
}

function send(response: ServerResponse, answer: Answer): number {
  if ("plain" in answer) {
    const { status, headers = {}, body } = answer.plain;
    response.writeHead(status, headers).end(body);
    return status;
  }
  const { result, info } = answer.success;
  envelope(response, 200, { result, success: true, errors: [], messages: [], result_info: info });
  return 200;
}

function refuse(response: ServerResponse, error: unknown): number {
  const { status, code, message } =
    error instanceof ApiError ? error : new ApiError(400, 1, `the double failed: ${error}`);
  const errors = [{ code, message }];
  envelope(response, status, { result: null, success: false, errors, messages: [] });
  return status;
}

function envelope(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
