import { join, resolve } from "node:path";
import { type Command, Option } from "commander";
import { environment } from "./arguments.ts";
import { localConfig, readConfig, writeConfig } from "./config.ts";
import { root } from "./wrangler.ts";

/** Where KV and D1 are: in the account, or where `npm start` and `wrangler dev` keep them. */
export type Storage = {
  remote?: boolean | undefined;
  /** Which deployment of the account, if it is not the plain one. */
  env?: string | undefined;
  /** The folder of the local storage, if it is not wrangler's usual one. */
  persistTo?: string | undefined;
};

/** The options that say which storage is meant. */
export function withStorage(command: Command, remoteMeans: string): Command {
  return command
    .option("--remote", remoteMeans)
    .addOption(
      new Option("--env <name>", "the same for what `npm run deploy -- --env <name>` deployed")
        .argParser(environment)
        .implies({ remote: true }),
    )
    .addOption(
      new Option("--persist-to <folder>", "the folder of the local storage, as for wrangler")
        // wrangler runs in the project's folder. The tool runs where it was called.
        .argParser((folder) => resolve(folder)),
    );
}

/**
 * The same for wrangler. It is always said, because wrangler has a default. Local storage needs only
 * wrangler.toml as configuration: it is found by the names of the bindings. These are the same for
 * every team.
 */
export function storageFlags({ remote, env, persistTo }: Storage): string[] {
  if (remote) return ["--remote", "--config", writeConfig(readConfig(env))];
  return ["--local", ...(persistTo === undefined ? [] : ["--persist-to", persistTo])];
}

/** The same for wrangler's commands on databases. A team may have bound more databases. */
export function databaseFlags(storage: Storage): string[] {
  if (storage.remote) return storageFlags(storage);
  const config = readConfig();
  if (config.d1_databases.length === 1) return storageFlags(storage);
  const { persistTo = join(root, ".wrangler/state") } = storage;
  const file = writeConfig(localConfig(config, []), "local");
  // Without the folder, wrangler would look for the storage beside the configuration.
  return ["--local", "--config", file, "--persist-to", persistTo];
}
