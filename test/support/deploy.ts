import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Output, outputOf } from "../../tools/lib/child.ts";
import type { Cloudflare } from "./cloudflare.ts";
import { commandsUnder } from "./commands.ts";

export type Deployed = Output & {
  /** The command lines that were seen while it ran. */
  commands: Set<string>;
  /** What it asked of Cloudflare's API, in this order: `PUT /workers/scripts/friendgate`. */
  requests: string[];
  ms: number;
};

export type DeployOptions = {
  env?: Record<string, string>;
  /** It is ended, as by Ctrl-C, when it prints that this step is done. */
  until?: string;
  /** Look at the command lines. */
  watched?: boolean;
};

const workersDev = fileURLToPath(new URL("./workers-dev.ts", import.meta.url));

/** `npm run deploy` of a copy of the project, as in CI, with Cloudflare's API on this machine. */
export async function deploy(
  project: string,
  cloudflare: Cloudflare,
  args: readonly string[],
  { env = {}, until, watched = false }: DeployOptions = {},
): Promise<Deployed> {
  const startedMs = Date.now();
  const before = cloudflare.requests.length;
  const child = spawn(process.execPath, [join(project, "tools/deploy/main.ts"), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...{ PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE },
      ...{ HOME: project, TMPDIR: project },
      ...cloudflare.env,
      NODE_OPTIONS: `--import ${workersDev}`,
      ...env,
    },
  });
  const commands = new Set<string>();
  const watch = setInterval(() => {
    if (!watched) return;
    for (const command of commandsUnder(child.pid ?? 0)) commands.add(command);
  }, 50);
  child.stdout.on("data", (data) => {
    if (until !== undefined && String(data).includes(`✓ ${until}:`)) child.kill("SIGINT");
  });
  const output = await outputOf(child).finally(() => clearInterval(watch));
  const requests = cloudflare.requests
    .slice(before)
    .map(({ method, path }) => `${method} ${path.replace(/^\/accounts\/\w+/, "")}`);
  return { ...output, commands, requests, ms: Date.now() - startedMs };
}

/** The requests that change something. */
export function changesIn({ requests }: Deployed): string[] {
  return requests.filter((request) => !request.startsWith("GET ") && !/\/query$/.test(request));
}
