import { createExecutionContext } from "cloudflare:test";
import { hc } from "hono/client";
import type { Api } from "../../src/api/routes.ts";
import worker from "../../src/index.ts";
import { envWith } from "./worker.ts";

export const API_TOKEN = "local-api-token";
export const ORIGIN = "https://friendgate.example";

/** The Worker behind `fetch`, with the token configured. */
export function fetchApi(overrides: Record<string, unknown> = {}): typeof fetch {
  return async (input, init) =>
    worker.fetch(
      new Request(input, init),
      envWith({ API_TOKEN, ...overrides }),
      createExecutionContext(),
    );
}

/** hono's typed client of the Worker. */
export function apiClient(overrides: Record<string, unknown> = {}) {
  return hc<Api>(ORIGIN, {
    headers: { Authorization: `Bearer ${API_TOKEN}` },
    fetch: fetchApi(overrides),
  });
}

/** Asks for a path with the token. */
export async function ask(
  path: string,
  {
    method = "GET",
    headers = { Authorization: `Bearer ${API_TOKEN}` },
    body,
    env = {},
  }: {
    method?: string;
    headers?: Record<string, string>;
    /** As JSON. */
    body?: unknown;
    env?: Record<string, unknown>;
  } = {},
): Promise<Response> {
  return fetchApi(env)(`${ORIGIN}${path}`, {
    method,
    headers: { ...headers, ...(body !== undefined && { "Content-Type": "application/json" }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}
