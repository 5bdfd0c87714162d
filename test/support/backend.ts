import type { KeptCallback } from "../../src/events/callback.ts";
import { type CallbackOptions, callbackRequest } from "./tencent.ts";
import { envWith, fetchInFront, heldQueue } from "./worker.ts";

export type AtBackend = { url: string; headers: Headers; body: string; redirect: string };

/** A backend behind a service binding. It keeps what it is asked, and answers what `answer` says. */
export function backendOf(answer: (asked: AtBackend, nth: number) => Response | Promise<Response>) {
  const asked: AtBackend[] = [];
  return {
    asked,
    async fetch(request: Request): Promise<Response> {
      const { url, headers, redirect } = request;
      const one = { url, headers, redirect, body: await request.text() };
      asked.push(one);
      return answer(one, asked.length);
    },
  };
}

/** The body of any command, with whatever else it has. */
export function anyCallback(command: string, more: object = {}) {
  return { CallbackCommand: command, ...more };
}

/**
 * Sends a callback to a Worker with a backend. Its counts are written behind the answer: `behind` has what
 * is waited for there, and `kept` what is on the queue for the backend.
 */
export async function callbackWith(
  settings: Record<string, unknown>,
  body: object | string | null,
  options: CallbackOptions = {},
) {
  const queue = heldQueue();
  const env = envWith({ BACKEND_CALLBACKS: queue, ...settings });
  const { response, behind } = fetchInFront(await callbackRequest(body, options), env);
  return { response: await response, behind, kept: queue.messages };
}

/** The RequestTime of a callback that is kept: nobody accepts it any more. */
export const OLD_TIME = "1700000000";

/** A message of the queue for the backend. Its query has what a tidy one has not. */
export function keptCallback(overrides: Partial<KeptCallback> = {}): KeptCallback {
  return {
    v: 1,
    type: "callback",
    command: "State.StateChange",
    arrivedMs: 1_700_000_000_000,
    requestTime: OLD_TIME,
    token: "current",
    attempts: 1,
    query: `SdkAppid=1&a=%zz&&RequestTime=${OLD_TIME}&b=%E4%F6+&sIgn=old&c=`,
    contentType: "application/json",
    encoding: "utf-8",
    body: '{"CallbackCommand":"State.StateChange"}',
    ...overrides,
  };
}
