import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { readConfig } from "../../src/config.ts";
import { type Databases, databasesOf } from "../../src/db/databases.ts";
import { SLOTS } from "../../src/limits.ts";
import { formatSlotMap } from "../../src/slots.ts";

/** A deployment with one database. */
export function oneDatabase(db: D1Database = env.DB): Databases {
  const only = { name: "DB", db };
  return { main: only, records: only, of: () => only, all: [only] };
}

const MORE = [
  "TEST_DB_2",
  "TEST_DB_3",
  "TEST_DB_4",
  "TEST_DB_5",
  "TEST_DB_6",
  "TEST_DB_7",
  "TEST_DB_8",
] as const;

/** Empty databases, as many as wanted, by the names of their bindings: DB, DB_2 and so on. */
export async function boundDatabases(count: number): Promise<Record<string, D1Database>> {
  const more = MORE.slice(0, count - 1);
  await Promise.all(more.map((name) => applyD1Migrations(env[name], env.TEST_MIGRATIONS)));
  return {
    DB: env.DB,
    ...Object.fromEntries(more.map((name) => [name.slice("TEST_".length), env[name]])),
  };
}

/** A database for the record alone. */
export async function boundRecords(): Promise<{ RECORDS: D1Database }> {
  await applyD1Migrations(env.TEST_DB_RECORDS, env.TEST_MIGRATIONS);
  return { RECORDS: env.TEST_DB_RECORDS };
}

/** A map that gives each of these databases as many slots as the others. */
export function evenly(names: readonly string[]): string {
  return formatSlotMap((slot) => names[Math.floor((slot * names.length) / SLOTS)] as string);
}

/** The databases of a Worker whose configuration is right. */
export function databasesIn(workerEnv: object): Databases {
  const configured = readConfig(workerEnv);
  const databases = configured.ok ? databasesOf(workerEnv, configured.config.shards) : undefined;
  if (databases === undefined) throw new Error(configured.problems.join("; "));
  return databases;
}
