import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { experimental_readRawConfig } from "wrangler";
import { root } from "../lib/wrangler.ts";

/**
 * Writes a copy of wrangler.toml that names the values of .dev.vars, in a folder of its own.
 *
 * Of the environment, `wrangler dev` takes only what the configuration requires by name. What it
 * takes from `--var` stands on its command line, where `ps` shows it to every user of the machine.
 *
 * @returns the file, which holds no value
 */
export function writeConfig(names: readonly string[]): string {
  const { rawConfig } = experimental_readRawConfig({ config: join(root, "wrangler.toml") });
  const others = Object.entries(rawConfig.vars ?? {}).filter(([name]) => !names.includes(name));
  const config = {
    ...rawConfig,
    // A token may be short on somebody's own machine.
    vars: { ...Object.fromEntries(others), LOCAL: "true" },
    main: join(root, String(rawConfig.main)),
    secrets: { required: names },
  };
  const file = join(mkdtempSync(join(tmpdir(), "friendgate-start-")), "wrangler.json");
  writeFileSync(file, JSON.stringify(config));
  return file;
}

export function devCommand(config: string, port: number): string[] {
  return [
    ...["dev", "--config", config, "--port", String(port)],
    // Where wrangler's other commands look, for the copy lies elsewhere.
    ...["--persist-to", join(root, ".wrangler/state")],
    "--show-interactive-dev-session=false",
  ];
}
