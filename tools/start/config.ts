import { join } from "node:path";
import { type Config, localConfig, writeConfig } from "../lib/config.ts";
import { root } from "../lib/wrangler.ts";

/**
 * `wrangler dev` with the project's configuration, and these values from its environment.
 *
 * wrangler takes from the environment only what the configuration requires by name. A value of `--var`
 * is on its command line. There, `ps` shows it to every user of the machine.
 */
export function devCommand(config: Config, names: readonly string[], port: number): string[] {
  const file = writeConfig(localConfig(config, names), `start-${port}`);
  return [
    ...["dev", "--config", file, "--port", String(port)],
    // wrangler's other commands look here. This configuration is in another place.
    ...["--persist-to", join(root, ".wrangler/state")],
    "--show-interactive-dev-session=false",
  ];
}
