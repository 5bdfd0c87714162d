import { keepFilter } from "../../src/blocklist/keep-filter.ts";
import product from "../../src/index.ts";
import { countedDb, countedKv } from "../../test/support/counted.ts";
import type { Count } from "../prices.ts";

/** Queues bills a message by each 64 KB of it. */
const BILLING_UNIT_BYTES = 64_000;
const encoder = new TextEncoder();

const kvs: ReturnType<typeof countedKv>["count"][] = [];
const dbs: ReturnType<typeof countedDb>["count"][] = [];
let queueOperations = 0;
/** Messages that were written and are not acknowledged yet. */
let underWay = 0;

/**
 * The product with every binding counted, whatever its name. `GET /count` tells the figures since
 * the Worker was started, and how many messages are still to be delivered; `GET /keep-filter` does what the
 * filter's cron does, uncounted.
 */
export default {
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    if (pathname === "/count") return Response.json({ count: sums(), underWay });
    if (pathname === "/keep-filter") {
      await keepFilter(env.BLOCKLIST, Date.now());
      return new Response();
    }
    const later: Promise<unknown>[] = [];
    const waitUntil = (promise: Promise<unknown>) => void later.push(promise);
    const response = await product.fetch(request, counted(env), { ...ctx, waitUntil });
    await Promise.all(later);
    return response;
  },
  async queue(batch, env) {
    const messages = batch.messages.map((message) => {
      queueOperations += unitsOf(message.body);
      return {
        ...{ id: message.id, timestamp: message.timestamp, attempts: message.attempts },
        body: message.body,
        retry: message.retry.bind(message),
        ack() {
          queueOperations += unitsOf(message.body);
          underWay -= 1;
          message.ack();
        },
      };
    });
    await product.queue({ ...batch, queue: batch.queue, messages } as MessageBatch, counted(env));
  },
} satisfies ExportedHandler<Env>;

function sums(): Count {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    kvOperations: sum(kvs.map(({ operations }) => operations)),
    keysRead: sum(kvs.map(({ keys }) => keys)),
    queueOperations,
    statements: sum(dbs.map(({ statements }) => statements)),
    rowsRead: sum(dbs.map(({ rowsRead }) => rowsRead)),
    rowsWritten: sum(dbs.map(({ rowsWritten }) => rowsWritten)),
  };
}

const countedEnvs = new WeakMap<Env, Env>();

/** One for the isolate, as the product has it: what it holds of a binding, it holds by that. */
function counted(env: Env): Env {
  const before = countedEnvs.get(env);
  if (before !== undefined) return before;
  const bindings = Object.entries(env).map(([name, value]) => [name, countedBinding(value)]);
  const made = Object.fromEntries(bindings) as Env;
  countedEnvs.set(env, made);
  return made;
}

function countedBinding(binding: object): object {
  switch (binding.constructor.name) {
    case "KvNamespace": {
      const kv = countedKv(binding as KVNamespace);
      kvs.push(kv.count);
      return kv.binding;
    }
    case "D1Database": {
      const db = countedDb(binding as D1Database);
      dbs.push(db.count);
      return db.binding;
    }
    case "WorkerQueue":
      return countedQueue(binding as Queue);
    default:
      return binding;
  }
}

function countedQueue(queue: Queue): Pick<Queue, "send" | "sendBatch"> {
  const written = (body: unknown) => {
    queueOperations += unitsOf(body);
    underWay += 1;
  };
  return {
    send(body, options) {
      written(body);
      return queue.send(body, options);
    },
    sendBatch(messages, options) {
      const batch = [...messages];
      for (const { body } of batch) written(body);
      return queue.sendBatch(batch, options);
    },
  };
}

function unitsOf(body: unknown): number {
  return Math.ceil(encoder.encode(JSON.stringify(body)).length / BILLING_UNIT_BYTES);
}
