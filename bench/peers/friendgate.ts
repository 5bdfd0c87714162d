import nodeCrypto from "node:crypto";
import { registerHooks } from "node:module";
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { HEADERS, settings } from "../callbacks.ts";
import type { Contender } from "./contender.ts";
import { createStore } from "./store.ts";

/** The most that Queues hands over at once, by wrangler.toml. */
const BATCH_MAX_MESSAGES = 100;
const ORIGIN = "https://callback.example";

/** The part of the Worker's default export that is called. */
type Product = {
  fetch: (request: Request, env: object, ctx: object) => Promise<Response>;
  queue: (batch: object, env: object) => Promise<void>;
};

/**
 * The bundle that a deploy would upload, on Node: its KV and D1 are the SQLite of the other
 * contenders, and its consumer's work is part of what is measured.
 *
 * @param bundle the file
 * @param from the folder of the project that it was built from
 */
export async function createContender(bundle: string, from: string): Promise<Contender> {
  likeWorkerd();
  const product: Product = (await import(pathToFileURL(bundle).href)).default;
  const db = createStore(from);
  const count = db.prepare("SELECT count(*) AS count FROM friends");
  const held: unknown[] = [];
  const env = {
    ...settings,
    BLOCKLIST: kvOn(db),
    DB: d1On(db),
    FRIEND_EVENTS: {
      async send(body: unknown) {
        held.push(body);
      },
      async sendBatch(batch: Iterable<{ body: unknown }>) {
        for (const { body } of batch) held.push(body);
      },
    },
  };
  const later: Promise<unknown>[] = [];
  const ctx = { waitUntil: (promise: Promise<unknown>) => void later.push(promise) };

  async function deliver(): Promise<void> {
    await Promise.all(later.splice(0));
    const messages = held.splice(0, BATCH_MAX_MESSAGES).map((body, index) => ({
      ...{ id: String(index), timestamp: new Date(), attempts: 1, body },
      ack() {},
      retry() {
        throw new Error("the consumer could not apply a message");
      },
    }));
    if (messages.length > 0) await product.queue({ queue: "friend-events", messages }, env);
  }

  return {
    async answer({ path, body }) {
      const length = String(Buffer.byteLength(body));
      const headers = { ...HEADERS, "Content-Length": length };
      const request = new Request(ORIGIN + path, { method: "POST", headers, body });
      const response = await product.fetch(request, env, ctx);
      return response.text();
    },
    async between() {
      if (held.length >= BATCH_MAX_MESSAGES) await deliver();
    },
    async settle() {
      while (held.length > 0 || later.length > 0) await deliver();
    },
    stored: () => Number(count.get()?.count),
  };
}

/** What workerd has and Node has not, or not in every version. */
function likeWorkerd(): void {
  Object.assign(crypto.subtle, {
    timingSafeEqual: (a: ArrayBuffer | Uint8Array, b: ArrayBuffer | Uint8Array) =>
      nodeCrypto.timingSafeEqual(new Uint8Array(a), new Uint8Array(b)),
  });
  Object.assign(globalThis, { scheduler: { wait: () => setImmediate() } });
  Uint8Array.fromHex ??= (hex) => Uint8Array.from(Buffer.from(hex, "hex"));
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === "cloudflare:workers"
        ? {
            url: "data:text/javascript,export class WorkerEntrypoint {}; export const env = {}",
            shortCircuit: true,
          }
        : next(specifier, context),
  });
}

function kvOn(db: DatabaseSync): object {
  const select = db.prepare("SELECT value FROM blocklist WHERE key = ?");
  return {
    get: async (keys: string[]) =>
      new Map(keys.map((key) => [key, (select.get(key)?.value ?? null) as string | null])),
  };
}

function d1On(db: DatabaseSync): object {
  const statements = new Map<string, StatementSync>();
  return {
    prepare(sql: string) {
      const statement = statements.get(sql) ?? db.prepare(sql);
      statements.set(sql, statement);
      return {
        bind: (...values: SQLInputValue[]) => ({
          async run() {
            return { meta: { rows_written: Number(statement.run(...values).changes) } };
          },
        }),
      };
    },
  };
}
