import type { Config } from "./config.ts";

/** Where one deployment answers. A second one must not take it over. */
const OF_ONE_DEPLOYMENT = ["route", "routes", "workers_dev"];

/**
 * The configuration of an environment. Everything with a name gets one of its own. Nothing is taken
 * over from another deployment. Other settings are the same.
 */
export function ofEnvironment(config: Config, env: string): Config {
  const own = (name: string) => `${name}-${env}`;
  const { SDK_APP_ID: _, ...vars } = config.vars;
  const { queues, d1_databases, analytics_engine_datasets: datasets, ...rest } = withoutIds(config);
  return {
    ...(Object.fromEntries(
      Object.entries(rest).filter(([setting]) => !OF_ONE_DEPLOYMENT.includes(setting)),
    ) as Omit<Config, "queues" | "d1_databases">),
    name: own(config.name),
    vars,
    d1_databases: d1_databases.map((each) => ({ ...each, database_name: own(each.database_name) })),
    queues: {
      producers: queues.producers.map((each) => ({ ...each, queue: own(each.queue) })),
      consumers: queues.consumers.map(({ dead_letter_queue: deadLetters, ...each }) => ({
        ...each,
        queue: own(each.queue),
        ...(deadLetters !== undefined && { dead_letter_queue: own(deadLetters) }),
      })),
    },
    ...(datasets && {
      analytics_engine_datasets: datasets.map((each) => ({
        ...each,
        dataset: `${each.dataset}_${env.replaceAll("-", "_")}`,
      })),
    }),
  } as Config;
}

/** Without ids, everything is found by its name. */
export function withoutIds(config: Config): Config {
  return {
    ...config,
    kv_namespaces: config.kv_namespaces.map(({ id: _, ...each }) => each),
    d1_databases: config.d1_databases.map(({ database_id: _, ...each }) => each),
  };
}
