import { join } from "node:path";
import { type Config, localConfig, writeConfig } from "../lib/config.ts";
import { root } from "../lib/wrangler.ts";

/**
 * `wrangler dev` with the project's configuration, and these values from its environment.
 *
 * Of the environment it takes only what the configuration requires by name. What it takes from `--var`
 * stands on its command line, where `ps` shows it to every user of the machine.
 */
export function devCommand(config: Config, names: readonly string[], port: number): string[] {
  const file = writeConfig(localConfig(config, names), `start-${port}`);
  return [
    ...["dev", "--config", file, "--port", String(port)],
    // Where wrangler's other commands look, for this configuration lies elsewhere.
    ...["--persist-to", join(root, ".wrangler/state")],
    "--show-interactive-dev-session=false",
  ];
}
