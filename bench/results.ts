import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { root } from "../tools/lib/wrangler.ts";
import type { ConsumerResult } from "./consumer.ts";
import type { CountResult } from "./counts.ts";
import type { EdgeResult } from "./edge.ts";
import type { LoadResult } from "./load.ts";
import type { PeerResult } from "./peers.ts";
import type { StartupResult } from "./startup.ts";

export type Parts = {
  counts: CountResult[];
  edge: EdgeResult[];
  peers: PeerResult[];
  consumer: ConsumerResult;
  startup: StartupResult;
  load: LoadResult;
};
export type PartName = keyof Parts;

export type Conditions = {
  /** The day of the measurement. */
  date: string;
  processors: string;
  versions: Record<string, string>;
};

/** What bench/results.json holds: each part as it was measured last. */
export type Results = { [Name in PartName]?: Conditions & { result: Parts[Name] } };

const file = join(root, "bench/results.json");

export function readResults(): Results {
  return JSON.parse(readFileSync(file, "utf8"));
}

export function writeResults(results: Results): void {
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
}

const PACKAGES = ["wrangler", "workerd", "hono", "zod", "fastify", "express"];

/** Where and when a part is measured: nothing that names the machine. */
export function conditions(): Conditions {
  const all = cpus();
  const versions = Object.fromEntries(
    PACKAGES.map((name) => {
      const manifest = readFileSync(join(root, "node_modules", name, "package.json"), "utf8");
      return [name, JSON.parse(manifest).version as string];
    }),
  );
  return {
    date: new Date().toISOString().slice(0, 10),
    processors: `${all.length} × ${all[0]?.model.trim() ?? "unknown"}`,
    versions: { node: process.versions.node, sqlite: process.versions.sqlite ?? "", ...versions },
  };
}
