import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { root } from "../tools/lib/wrangler.ts";
import type { ConsumerResult } from "./consumer.ts";
import type { CountResult } from "./counts.ts";
import type { LoadResult } from "./load.ts";
import type { PeerResult } from "./peers.ts";
import type { ShardsResult } from "./shards.ts";
import type { SizesResult } from "./sizes.ts";
import type { StartupResult } from "./startup.ts";

/**
 * It is in this file because a test at the root reads results of this type. edge.ts measures with a package
 * that is installed for the benchmark only.
 */
export type Throughput = {
  perSecond: number;
  /** The slowest and the fastest round, as fractions of the median. */
  spread: [number, number];
  /** Processor time of the whole workerd for a callback, with stubs and HTTP. */
  cpuMicroseconds: number | undefined;
};

type OfFloor = {
  /** friendgate's requests per second, as a fraction of the floor's. */
  ofFloor: number;
  /** The floor's processor time for a callback, as a fraction of friendgate's. */
  ofFloorByCpu: number | undefined;
};
export type EdgeResult = OfFloor & {
  workload: string;
  contenders: (Throughput & {
    name: "friendgate" | "before" | "floor" | "floor, silent" | "floor, checking";
  })[];
  /** The floor with the product's checks before it. */
  checking: OfFloor;
  before?: OfFloor;
};

export type RelayResult = {
  contenders: (Throughput & { name: "friendgate" | "bare relay" })[];
  /** friendgate's requests per second, as a fraction of the bare relay's. */
  ofRelay: number;
  /** The bare relay's processor time for a callback, as a fraction of friendgate's. */
  ofRelayByCpu: number | undefined;
  /** How long a friend callback takes, by the latency of a backend that gets a copy of it. */
  friendAdded: { latencyMs: number; p50Ms: number; p99Ms: number }[];
  slowToQuick: number;
};

export type Soaked = {
  callbacks: number;
  /** Resident memory of workerd after the warm-up and at the end. Undefined if there is no /proc. */
  earlyMib: number | undefined;
  lateMib: number | undefined;
};
export type SoakResult = Soaked & { control: Soaked; before?: Soaked };

export type Parts = {
  counts: CountResult[];
  edge: EdgeResult[];
  relay: RelayResult;
  peers: PeerResult[];
  consumer: ConsumerResult;
  shards: ShardsResult;
  sizes: SizesResult;
  startup: StartupResult;
  load: LoadResult;
  soak: SoakResult;
};
export type PartName = keyof Parts;

export type Conditions = {
  /** The day of the measurement. */
  date: string;
  processors: string;
  versions: Record<string, string>;
  /** Each `before` in the result is of this commit. */
  before?: string;
};

/** The contents of bench/results.json: the last measurement of each part. */
export type Results = { [Name in PartName]?: Conditions & { result: Parts[Name] } };

const file = join(root, "bench/results.json");

export function readResults(): Results {
  return JSON.parse(readFileSync(file, "utf8"));
}

export function writeResults(results: Results): void {
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
}

const PACKAGES = ["wrangler", "workerd", "hono", "zod"];
/** The benchmark has its own packages. */
const PEERS = ["fastify", "express"];

/** Where and when a part is measured. Nothing in it names the machine. */
export function conditions(): Conditions {
  const all = cpus();
  const versions = Object.fromEntries([
    ...PACKAGES.map((name) => [name, versionOf(name, "node_modules")]),
    ...PEERS.map((name) => [name, versionOf(name, "bench/node_modules")]),
  ]);
  return {
    date: new Date().toISOString().slice(0, 10),
    processors: `${all.length} × ${all[0]?.model.trim() ?? "unknown"}`,
    versions: { node: process.versions.node, sqlite: process.versions.sqlite ?? "", ...versions },
  };
}

function versionOf(name: string, folder: string): string {
  return JSON.parse(readFileSync(join(root, folder, name, "package.json"), "utf8")).version;
}
