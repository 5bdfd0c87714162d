import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { parse } from "smol-toml";
import { ofEnvironment, withoutIds } from "./environment.ts";
import { root } from "./wrangler.ts";

/** The team's own values, which git does not see. Its format is that of wrangler.toml. */
export const TEAM_FILE = "friendgate.toml";

/** What the tools read of a wrangler configuration. They hand on all the rest as it is. */
export type Config = {
  name: string;
  main: string;
  account_id?: string;
  vars: Record<string, unknown>;
  secrets: { required: string[] };
  kv_namespaces: { binding: string; id?: string }[];
  d1_databases: {
    binding: string;
    database_name: string;
    database_id?: string;
    migrations_dir: string;
  }[];
  assets: { directory: string; binding: string };
  build?: { command: string; watch_dir: string };
  queues: {
    producers: { binding: string; queue: string }[];
    consumers: { queue: string; dead_letter_queue?: string }[];
  };
  triggers?: { crons: string[] };
  analytics_engine_datasets?: { binding: string; dataset: string }[];
  /** Counters of an account. Everybody who gives the same number shares one counter. */
  ratelimits?: { name: string; namespace_id: string }[];
  [setting: string]: unknown;
};

type Table = Record<string, unknown>;

/**
 * wrangler.toml, with the team's file laid over it. With `env`, everything with a name gets the
 * environment's own. The team's `[env.<name>]` is laid over last. Tables are merged, lists replace.
 *
 * @throws if a file cannot be read as TOML
 */
export function readConfig(env?: string, folder = root): Config {
  const { env: environments = {}, ...team } = readTeamFile(folder);
  const base = merged(readToml(join(folder, "wrangler.toml")), team) as Config;
  const config =
    env === undefined
      ? base
      : (merged(ofEnvironment(base, env), tableOf((environments as Table)[env])) as Config);
  if (config.vars.LOCAL !== undefined) {
    throw new Error(
      `LOCAL stands under [vars] in ${TEAM_FILE}: take it out, only npm start sets it`,
    );
  }
  return {
    ...config,
    vars: { ...config.vars, DEAD_LETTER_QUEUE: deadLetterQueuesOf(config).join(",") },
  };
}

/**
 * Writes a configuration where wrangler can read it. It holds no secret.
 *
 * @returns the path of the file, within the project's folder
 */
export function writeConfig(config: Config, name = config.name): string {
  const folder = join(root, ".wrangler/friendgate");
  const path = `.wrangler/friendgate/${name}.json`;
  const absolute = {
    ...config,
    main: resolve(root, config.main),
    assets: { ...config.assets, directory: resolve(root, config.assets.directory) },
    // wrangler always takes this path as relative.
    ...(config.build && {
      build: {
        ...config.build,
        watch_dir: relative(folder, resolve(root, config.build.watch_dir)),
      },
    }),
    d1_databases: config.d1_databases.map((database) => ({
      ...database,
      migrations_dir: resolve(root, database.migrations_dir),
    })),
  };
  mkdirSync(folder, { recursive: true });
  // In one step, because another tool may read the file at this moment.
  writeFileSync(join(root, `${path}.${process.pid}`), JSON.stringify(absolute, null, 2));
  renameSync(join(root, `${path}.${process.pid}`), join(root, path));
  return path;
}

/** The configuration of `npm start`. Storage on this machine is found by the names of the bindings. */
export function localConfig(config: Config, secrets: readonly string[]): Config {
  const others = Object.entries(config.vars).filter(([name]) => !secrets.includes(name));
  return {
    ...withoutIds(config),
    // This var tells the Worker that it is not deployed. Nothing else sets it.
    vars: { ...Object.fromEntries(others), LOCAL: "true" },
    secrets: { required: [...secrets] },
  };
}

/** The team's file as it is. Empty if there is none. */
export function readTeamFile(folder = root): Table {
  const file = join(folder, TEAM_FILE);
  return existsSync(file) ? readToml(file) : {};
}

function readToml(file: string): Table {
  try {
    return parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : error}`);
  }
}

/** The queues for messages that the consumers of other queues give up. Their names do not matter. */
export function deadLetterQueuesOf({ queues }: Config): string[] {
  return queues.consumers.flatMap(({ dead_letter_queue: name }) => name ?? []);
}

function merged(under: Table, over: Table): Table {
  const both = Object.entries(over).map(([name, value]) => {
    const before = under[name];
    return [name, isTable(before) && isTable(value) ? merged(before, value) : value];
  });
  return { ...under, ...Object.fromEntries(both) };
}

function tableOf(value: unknown): Table {
  return isTable(value) ? value : {};
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
