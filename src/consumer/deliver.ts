import { type Backend, type BackendBinding, backendOf } from "../backend/backend.ts";
import type { Breaker } from "../backend/breaker.ts";
import { forward, isTaken } from "../backend/forward.ts";
import { signedAnew } from "../backend/sign.ts";
import type { Config } from "../config.ts";
import { addCounts, type Count, stepOf } from "../db/counts.ts";
import { bytesOf, type KeptCallback } from "../events/callback.ts";
import {
  BATCH_TIMEOUT_MS,
  DATA_POINTS_MAX,
  DELIVERIES_AT_ONCE,
  DELIVERY_TIMEOUT_MS,
} from "../limits.ts";
import { errorName, log } from "../log.ts";
import { type MetricsBinding, measurePassing } from "../metrics.ts";
import { familyOf, loggable } from "../tencent/commands.ts";
import { withTimeout } from "../timeout.ts";
import type { Retry } from "./retry.ts";

type Delivery = { message: Message; callback: KeptCallback };
type Deps = {
  db: D1Database;
  env: BackendBinding & MetricsBinding;
  config: Config;
  retry: Retry;
  breaker: Breaker;
};

/**
 * Delivers callbacks that the backend did not take when they came. The first one is tried alone: a
 * backend that is down costs one try, whatever the size of the batch. Then some are tried at a time, until
 * the backend takes none of them.
 */
export async function deliver(
  deliveries: readonly Delivery[],
  { db, env, config, retry, breaker }: Deps,
): Promise<void> {
  const backend = backendOf(config.backend, env);
  if (backend === undefined) return retry(messagesOf(deliveries), "no-backend");
  // A callback that fails every time comes last, so it does not hold back the others.
  const waiting = deliveries.toSorted(
    (one, other) => one.message.attempts - other.message.attempts,
  );
  const taken: Delivery[] = [];
  for (let atOnce = 1; waiting.length > 0; atOnce = DELIVERIES_AT_ONCE) {
    if (breaker.isOpen(Date.now())) break;
    const some = waiting.splice(0, atOnce);
    const tries = await Promise.all(some.map((each) => attempt(each, backend, config)));
    for (const [place, delivery] of some.entries()) {
      const failure = tries[place];
      if (failure) retry([delivery.message], failure.reason);
      else {
        delivery.message.ack();
        taken.push(delivery);
      }
    }
    // A backend that takes some and fails at others is not down.
    if (tries.includes(undefined)) breaker.succeeded();
    else if (tries.some((failure) => failure?.isDown)) breaker.failed(Date.now());
  }
  retry(messagesOf(waiting), "backend-down");
  if (taken.length > 0) {
    const attempts = Math.max(...taken.map(({ message }) => message.attempts));
    log("delivered", { messages: taken.length, attempts });
    await count(taken, { db, metrics: env.METRICS });
  }
}

/**
 * @returns undefined if the backend took it; else why not, and whether the reason is the backend itself,
 *   and not this callback alone
 */
async function attempt(
  { message, callback }: Delivery,
  backend: Backend,
  config: Config,
): Promise<{ reason: string; isDown: boolean } | undefined> {
  const tried = await forward(
    {
      query: await signedAnew(callback, config.tokens, Date.now()),
      contentType: callback.contentType,
      body: bytesOf(callback),
    },
    backend,
    {
      attempt: callback.attempts + message.attempts,
      requestTime: callback.requestTime ?? undefined,
      timeoutMs: DELIVERY_TIMEOUT_MS,
    },
  );
  if (!tried.ok) return { reason: `backend-${tried.reason}`, isDown: true };
  if (isTaken(tried.answer)) return undefined;
  const { status } = tried.answer;
  return { reason: `backend-status-${status}`, isDown: status >= 500 || status === 429 };
}

/** Writes figures. If they cannot be written, or writing hangs, no message comes again. */
async function count(
  taken: readonly Delivery[],
  { db, metrics }: { db: D1Database; metrics: AnalyticsEngineDataset | undefined },
): Promise<void> {
  const at = stepOf(Date.now());
  const outcome = "delivered-later";
  const commands = taken.map(({ callback }) => callback.command ?? undefined);
  const families = [...Map.groupBy(commands, familyOf)];
  const counts = families.map(
    ([family, { length }]): Count => ({
      at,
      family,
      outcome,
      count: length,
    }),
  );
  const named = [...Map.groupBy(commands, (command) => loggable(command) ?? "")];
  try {
    for (const [command, { length }] of named.slice(0, DATA_POINTS_MAX)) {
      if (metrics) await measurePassing(metrics, { command, outcome, ms: 0, count: length });
    }
    await withTimeout(BATCH_TIMEOUT_MS, () => addCounts(db, counts));
  } catch (error) {
    log("failed", { reason: "not-counted", error: errorName(error) });
  }
}

function messagesOf(deliveries: readonly Delivery[]): Message[] {
  return deliveries.map(({ message }) => message);
}
