import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "smol-toml";
import { createTestHarness } from "wrangler";
import { SLOTS } from "../src/limits.ts";
import { formatSlotMap } from "../src/slots.ts";
import { root } from "../tools/lib/wrangler.ts";
import { settings } from "./callbacks.ts";

export type Harness = { origin: string; close: () => Promise<void> };

/**
 * Starts a built Worker with the bindings of wrangler.toml, each a real local one, and the tables.
 *
 * @param count of databases: DB, DB_2 and so on, each with the same number of slots
 * @param others vars besides those that every benchmark has
 * @param from the project's folder; an older commit has another
 */
export async function startHarness(
  prebuiltWorkerDir: string,
  count = 1,
  others: Record<string, string> = {},
  from = root,
): Promise<Harness> {
  const { CALLBACK_TOKEN, ...vars } = { ...settings, ...others };
  const databases = databaseNames(count);
  const SHARDS = formatSlotMap((slot) => databases[Math.floor((slot * count) / SLOTS)] as string);
  const harness = createTestHarness({
    root: from,
    workers: [
      {
        configPath: writeConfig(prebuiltWorkerDir, databases, from),
        prebuiltWorkerDir,
        // Only the callback itself is counted, not the note that something arrived in ten minutes.
        vars: { ...vars, SHARDS, ALERT_ON_SILENCE: "false" },
        secrets: { CALLBACK_TOKEN },
      },
    ],
  });
  // The lines that it logs for each request and batch do not matter here.
  process.env.WRANGLER_LOG = "error";
  const { url } = await harness.listen();
  for (const name of databases) await harness.getWorker().applyD1Migrations(name);
  return {
    origin: url.origin,
    async close() {
      delete process.env.WRANGLER_LOG;
      await harness.close();
    },
  };
}

/** The bindings of so many databases. */
export function databaseNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => (index === 0 ? "DB" : `DB_${index + 1}`));
}

/** wrangler.toml, changed to these databases. */
function writeConfig(dir: string, databases: readonly string[], from: string): string {
  const config = parse(readFileSync(join(from, "wrangler.toml"), "utf8"));
  const path = join(dir, `wrangler-${databases.length}.json`);
  const assets = config.assets as { directory: string } | undefined;
  const absolute = {
    ...config,
    main: resolve(from, config.main as string),
    // An older product may have none.
    assets: assets && { ...assets, directory: resolve(from, assets.directory) },
    d1_databases: databases.map((binding) => ({
      binding,
      database_name: binding,
      migrations_dir: resolve(from, "migrations"),
    })),
  };
  writeFileSync(path, JSON.stringify(absolute));
  return path;
}
