import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { getPlatformProxy } from "wrangler";
import { root } from "../../tools/lib/wrangler.ts";
import { statementsOf } from "./cloudflare/sql.ts";

type Bindings = { BLOCKLIST: KVNamespace; DB: D1Database; DB_2: D1Database; RECORDS: D1Database };

const opened = new Map<string, ReturnType<typeof open>>();

/**
 * The storage in a folder, by the bindings that a Worker has: a process of wrangler for each question
 * would take most of the time. That wrangler sees the same is shown where a tool is to be trusted.
 *
 * @param config which bindings there are
 */
export async function bindingsOf(
  folder: string,
  config = join(root, "wrangler.toml"),
): Promise<Bindings> {
  const proxy = opened.get(folder) ?? open(folder, config);
  opened.set(folder, proxy);
  return (await proxy).env;
}

/**
 * Makes the tables, as `wrangler d1 migrations apply` does: that starts the runtime once for each migration.
 * The tests of `npm start` and of `npm run deploy` have wrangler do it.
 */
export async function migrate(folder: string): Promise<void> {
  const { DB } = await bindingsOf(folder);
  const migrations = join(root, "migrations");
  for (const name of readdirSync(migrations).sort()) {
    const statements = statementsOf(readFileSync(join(migrations, name), "utf8"));
    await DB.batch(statements.map((statement) => DB.prepare(statement)));
  }
}

/** Closes what `bindingsOf` opened: all, or of one folder. */
export async function closeBindings(folder?: string): Promise<void> {
  for (const [each, proxy] of opened) {
    if (folder !== undefined && each !== folder) continue;
    opened.delete(each);
    await (await proxy).dispose();
  }
}

function open(folder: string, configPath: string) {
  return getPlatformProxy<Bindings>({
    configPath,
    envFiles: [],
    persist: { path: join(folder, "v3") },
    remoteBindings: false,
  });
}
