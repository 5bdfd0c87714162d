import { shardsOf } from "../../src/config.ts";
import { type Databases, databasesOf, isDatabaseName, whyUnknown } from "../../src/db/databases.ts";
import { type Config, readConfig, TEAM_FILE } from "./config.ts";
import { wranglerDatabase } from "./d1.ts";
import { localVars } from "./local-vars.ts";
import type { Storage } from "./storage.ts";
import { UsageError } from "./tool.ts";

/** The databases that the Worker looks for by the names of their bindings. */
export function boundDatabases(config: Config): Config["d1_databases"] {
  return config.d1_databases.filter(({ binding }) => isDatabaseName(binding));
}

/**
 * What the Worker would say about SHARDS and its databases. A list in the team's file replaces the list
 * of wrangler.toml, so it is easy to forget DB there.
 */
export function databaseProblems(config: Config): string[] {
  const bindings = inPlaceOfDatabases(config);
  return whyUnknown(bindings, shardsOf(config.vars.SHARDS, bindings).problems);
}

/** Something in place of each database. The Worker's check needs it when no database is bound. */
function inPlaceOfDatabases(config: Config): Record<string, object> {
  return Object.fromEntries(
    boundDatabases(config).map(({ binding }) => [binding, { prepare() {} }]),
  );
}

/**
 * The databases of a deployment, or of `npm start`. They come with the Worker's own map of who is
 * where.
 *
 * @throws if its configuration does not say which database has which users
 */
export function wranglerDatabases(storage: Storage): Databases {
  const config = readConfig(storage.env);
  const own = storage.remote ? undefined : localVars().SHARDS;
  const bindings = Object.fromEntries(
    boundDatabases(config).map(({ binding }) => [binding, wranglerDatabase(storage, binding)]),
  );
  const { value, problems } = shardsOf(own || config.vars.SHARDS, bindings);
  const databases = databasesOf(bindings, value);
  if (databases !== undefined) return databases;
  throw new UsageError(whyUnknown(bindings, problems).join("; "), `correct it in ${TEAM_FILE}`);
}
