import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Output, outputOf } from "./child.ts";
import { interrupted, ToolError } from "./tool.ts";

/** The project's folder. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** Nothing here needs the network: wrangler is asked not to look for it. */
const quiet = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};

/** Starts this project's wrangler in the project's folder. It ends when the tool is interrupted. */
export function spawnWrangler(args: readonly string[], options: SpawnOptions = {}): ChildProcess {
  const bin = fileURLToPath(
    new URL("../../node_modules/wrangler/bin/wrangler.js", import.meta.url),
  );
  return spawn(process.execPath, [bin, ...args], {
    cwd: root,
    signal: interrupted,
    ...options,
    env: { ...process.env, ...quiet, ...options.env },
  });
}

/**
 * Runs wrangler to its end.
 *
 * @returns what it printed to stdout
 * @throws with everything that it printed, when it fails
 */
export async function runWrangler(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await outputOfWrangler(args);
  if (code !== 0) {
    const todo = "correct what wrangler names; `npx wrangler login` if it is not logged in";
    throw new ToolError(`wrangler ${args.join(" ")} failed:\n${stdout}${stderr}`.trimEnd(), todo);
  }
  return stdout;
}

/** Runs wrangler to its end, also if it fails. */
export function outputOfWrangler(args: readonly string[]): Promise<Output> {
  return outputOf(spawnWrangler(args, { stdio: ["ignore", "pipe", "pipe"], env: { CI: "true" } }));
}
