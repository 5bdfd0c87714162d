import {
  createExecutionContext,
  createMessageBatch,
  waitOnExecutionContext,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import type { StoredDeadLetter } from "../../src/db/dead-letters.ts";
import worker from "../../src/index.ts";
import { type CallbackOptions, callbackRequest } from "./tencent.ts";

export type Reply = {
  ActionStatus: string;
  ErrorCode: number;
  ErrorInfo: string;
  ResultItem?: { To_Account: string; ResultCode: number; ResultInfo: string }[];
};

/** The bindings of the test, with some of them or some settings in place of the usual ones. */
export function envWith(overrides: Record<string, unknown> = {}): Env {
  return { ...env, ...overrides } as Env;
}

/** Hands a request to the Worker. */
export async function fetchWorker(request: Request, workerEnv: Env = envWith()): Promise<Response> {
  const ctx = createExecutionContext();
  const response = await worker.fetch(request, workerEnv, ctx);
  await waitOnExecutionContext(ctx);
  return response;
}

/** Hands a request to the Worker: its response, and apart from it what goes on behind that. */
export function fetchInFront(request: Request, workerEnv: Env = envWith()) {
  const behind: Promise<unknown>[] = [];
  const ctx = { waitUntil: (work: Promise<unknown>) => void behind.push(work) };
  const response = Promise.resolve(
    worker.fetch(request, workerEnv, ctx as unknown as ExecutionContext),
  );
  return { response, behind };
}

/** Sends a callback as Tencent does, and reads the reply. */
export async function callback(
  body: object | string | null,
  options: CallbackOptions & { env?: Env } = {},
): Promise<{ status: number; reply: Reply; response: Response }> {
  const response = await fetchWorker(await callbackRequest(body, options), options.env);
  const reply = (await response.clone().json()) as Reply;
  return { status: response.status, reply, response };
}

/** A queue that keeps what it is sent, to deliver it when the test says so. */
export function heldQueue() {
  const messages: unknown[] = [];
  return {
    messages,
    writes: 0,
    async send(body: unknown) {
      this.writes += 1;
      messages.push(structuredClone(body));
    },
    async sendBatch(batch: Iterable<{ body: unknown }>) {
      this.writes += 1;
      for (const { body } of batch) messages.push(structuredClone(body));
    },
  };
}

/** Delivers bodies to the consumer as one batch. What became of each message, in their order. */
export async function deliver(
  bodies: readonly unknown[],
  {
    env: workerEnv = envWith(),
    /** Of all messages, or of each. */
    attempts = 1 as number | readonly number[],
    queue = "friend-events",
  } = {},
): Promise<{ acked: number[]; retried: { index: number; delaySeconds: number | undefined }[] }> {
  const batch = createMessageBatch(
    queue,
    bodies.map((body, index) => ({
      id: String(index),
      timestamp: new Date(),
      attempts: typeof attempts === "number" ? attempts : (attempts[index] ?? 1),
      body,
    })),
  );
  const acked: number[] = [];
  const retried: { index: number; delaySeconds: number | undefined }[] = [];
  for (const [index, message] of batch.messages.entries()) {
    vi.spyOn(message, "ack").mockImplementation(() => void acked.push(index));
    vi.spyOn(message, "retry").mockImplementation(
      (options) => void retried.push({ index, delaySeconds: options?.delaySeconds }),
    );
  }
  await worker.queue(batch, workerEnv);
  return { acked, retried };
}

export type FriendRow = {
  user_id: string;
  friend_id: string;
  order_key: number;
  added_at: number | null;
  deleted_at: number | null;
  initiator_id: string | null;
  source: string | null;
  admin_id: string | null;
  forced: number;
};

/** The whole friends table, without the time when a row was written last. */
export async function storedFriends(): Promise<FriendRow[]> {
  const { results } = await env.DB.prepare(
    `SELECT user_id, friend_id, order_key, added_at, deleted_at, initiator_id, source, admin_id, forced
FROM friends ORDER BY user_id, friend_id`,
  ).all<FriendRow>();
  return results;
}

/** The whole table of dead letters. */
export async function storedDeadLetters(): Promise<StoredDeadLetter[]> {
  const { results } = await env.DB.prepare(
    "SELECT * FROM dead_letters ORDER BY id",
  ).all<StoredDeadLetter>();
  return results;
}
