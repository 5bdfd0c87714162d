import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import type { Reply } from "../tencent/reply.ts";

/** One authentic callback besides its body, and what its handling may use. */
export type Call = {
  config: Config;
  blocklist: KVNamespace;
  queue: Queue;
  db: D1Database;
  metrics: AnalyticsEngineDataset | undefined;
  /** When it arrived, in milliseconds since the epoch. */
  nowMs: number;
  platform: string | undefined;
  clientIp: string | undefined;
  requestId: string | undefined;
  log: Log;
  /** For what goes on behind the reply. */
  waitUntil: (promise: Promise<unknown>) => void;
};

/** Answers the callbacks of one command. */
export type Handler<Body> = (body: Body, call: Call) => Promise<Reply>;
