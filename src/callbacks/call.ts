import type { Backend, BackendBinding } from "../backend/backend.ts";
import type { PassedOn } from "../backend/forward.ts";
import type { RateBinding } from "../blocklist/rate.ts";
import type { Config } from "../config.ts";
import type { Databases } from "../db/databases.ts";
import type { Log } from "../log.ts";
import type { MetricsBinding } from "../metrics.ts";
import type { Reply, Verdict } from "../tencent/reply.ts";

export type CallbackEnv = Env & MetricsBinding & BackendBinding & RateBinding;

/** One authentic callback without its body, and what its handling may use. */
export type Call = {
  config: Config;
  blocklist: KVNamespace;
  queue: Queue;
  /** For the callbacks that wait for the backend. */
  callbackQueue: Queue;
  /** For counts. */
  db: D1Database;
  /** For what the queue does not take. Undefined if it is not known where a user's rows are. */
  databases: () => Promise<Databases | undefined>;
  metrics: AnalyticsEngineDataset | undefined;
  requestRate: RateLimit | undefined;
  /** When it arrived, in milliseconds since the epoch. */
  nowMs: number;
  platform: string | undefined;
  clientIp: string | undefined;
  requestId: string | undefined;
  log: Log;
  /**
   * What the backend refuses, by account. Undefined if it does not answer. Absent if it is not asked.
   */
  askBackend?: () => Promise<ReadonlyMap<string, Verdict> | undefined>;
  /** For work that goes on after the reply. */
  waitUntil: (promise: Promise<unknown>) => void;
};

/** A callback as it came, and where it goes. */
export type Passing = PassedOn & {
  backend: Backend;
  command: string | undefined;
  /** The URL to which it came. It must not go there again. */
  url: string;
  /** As the URL spells it. */
  requestTime: string | undefined;
  /** Which token Sign was made with, or `none`. */
  token: "current" | "previous" | "none";
};

/** Answers the callbacks of one command. */
export type Handler<Body> = (body: Body, call: Call) => Promise<Reply>;
