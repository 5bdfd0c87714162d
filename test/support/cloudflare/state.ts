import { randomBytes, randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";

export type KvValue = { value: Buffer; expiration?: number; metadata?: unknown };

export type Namespace = { id: string; title: string; values: Map<string, KvValue> };

export type Database = {
  uuid: string;
  name: string;
  created_at: string;
  sqlite: DatabaseSync;
  /** Rows of one statement, for a test that looks. */
  query(sql: string): Record<string, unknown>[];
};

export type QueueSettings = {
  delivery_delay: number;
  delivery_paused: boolean;
  message_retention_period: number;
};

export type Consumer = {
  consumer_id: string;
  type: "worker" | "http_pull";
  script?: string;
  dead_letter_queue?: string;
  settings: Record<string, number | undefined>;
};

export type Queue = {
  queue_id: string;
  queue_name: string;
  created_on: string;
  modified_on: string;
  settings: QueueSettings;
  consumers: Consumer[];
};

/** As the upload's metadata names it: `kv_namespace` has a `namespace_id`, `d1` an `id`. */
export type Binding = { name: string; type: string; [field: string]: unknown };

export type Metadata = {
  main_module?: string;
  bindings: Binding[];
  compatibility_date?: string;
  keep_bindings?: string[];
  assets?: { jwt?: string };
  [field: string]: unknown;
};

/** What one upload, or one change of a secret, made. Versions do not change. */
export type Version = {
  id: string;
  created_on: string;
  /** As it was uploaded, inherited bindings not resolved, secrets with their values. */
  metadata: Metadata;
  /** Resolved, without secrets. */
  bindings: Binding[];
  secrets: Record<string, string>;
  modules: Record<string, string>;
  /** The paths of its static assets. */
  assets: string[];
};

export type Deployment = { id: string; created_on: string; version_id: string };

export type Script = {
  name: string;
  tag: string;
  /** What the uploader said it is: wrangler, or something else. */
  lastDeployedFrom: "wrangler" | "api";
  /** The newest last. */
  versions: Version[];
  deployments: Deployment[];
  schedules: string[];
  subdomain: { enabled: boolean; previews_enabled: boolean };
  /** What is no part of a version: observability, tags, logpush, tail consumers. */
  settings: Record<string, unknown>;
};

export type Account = {
  id: string;
  /** Of workers.dev: null until one is registered. */
  subdomain: string | null;
  /** The free plan keeps messages for a day at most. */
  plan: "free" | "paid";
  namespaces: Namespace[];
  databases: Database[];
  queues: Queue[];
  scripts: Map<string, Script>;
  /** By their hashes. */
  assets: Map<string, string>;
};

export function hexId(): string {
  return randomBytes(16).toString("hex");
}

export function now(): string {
  return new Date().toISOString();
}

export function newDatabase(name: string): Database {
  const sqlite = new DatabaseSync(":memory:");
  const query = (sql: string) => sqlite.prepare(sql).all() as Record<string, unknown>[];
  return { uuid: randomUUID(), name, created_at: now(), sqlite, query };
}

export function newQueue(name: string, settings: Partial<QueueSettings> = {}): Queue {
  return {
    queue_id: hexId(),
    queue_name: name,
    created_on: now(),
    modified_on: now(),
    settings: {
      delivery_delay: 0,
      delivery_paused: false,
      message_retention_period: FOUR_DAYS,
      ...settings,
    },
    consumers: [],
  };
}

/** Seconds that a queue keeps a message if it is not told. */
const FOUR_DAYS = 345_600;

/** The version that runs, and the one that was uploaded last: these may differ. */
export function liveVersion({ versions, deployments }: Script): Version | undefined {
  const live = deployments.at(-1)?.version_id;
  return versions.find(({ id }) => id === live);
}

export function latestVersion({ versions }: Script): Version | undefined {
  return versions.at(-1);
}
