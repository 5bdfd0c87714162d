/**
 * `npm start`: the whole Worker on this machine, with embedded KV, queue and D1. No account, no
 * login, no network.
 */
import { readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { parseEnv } from "node:util";
import { Command } from "commander";
import { whole } from "../lib/arguments.ts";
import { localVars, root, runWrangler, spawnWrangler } from "../lib/wrangler.ts";
import { devCommand, writeConfig } from "./config.ts";
import { welcomeText } from "./welcome.ts";

const { port } = new Command("npm start --")
  .description("Runs the whole Worker on this machine, with embedded KV, queue and D1.")
  .option("--port <number>", "where it answers", whole(1, 65_535), 8787)
  .addHelpText(
    "after",
    "\nThe settings come from .dev.vars, else from .dev.vars.example, and from wrangler.toml. They are\n" +
      "read at the start: after a change, stop it and start it again.",
  )
  .parse()
  .opts<{ port: number }>();
const origin = `http://localhost:${port}`;

if (await isTaken(port)) {
  console.error(
    `Port ${port} is in use. Stop what listens there, or choose another port:\n` +
      `  npm start -- --port ${port + 1}`,
  );
  process.exit(1);
}

await runWrangler(["d1", "migrations", "apply", "DB", "--local"]);

const vars = parseEnv(readFileSync(`${root}/${localVars}`, "utf8"));
const config = writeConfig(Object.keys(vars));
const server = spawnWrangler(devCommand(config, port), {
  stdio: ["ignore", "inherit", "inherit"],
  // The values of the file go by the environment, in place of what is there.
  env: vars,
});
process.on("exit", () => rmSync(dirname(config), { recursive: true, force: true }));
server.on("exit", (code) => process.exit(code ?? 1));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => server.kill(signal));
}

for (;;) {
  const status = await healthStatus();
  if (status === 200) {
    console.log(welcomeText(origin, vars));
    break;
  }
  if (status !== undefined) {
    console.error(
      `\nfriendgate runs, and refuses every callback: see "problems" above. Put it right in ` +
        `${localVars}, then stop and start again.`,
    );
    break;
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
}

/** wrangler's own words for it are a stack trace of the runtime. */
function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(true));
    server.listen(port, "localhost", () => server.close(() => resolve(false)));
  });
}

async function healthStatus(): Promise<number | undefined> {
  try {
    return (await fetch(`${origin}/health`)).status;
  } catch {
    return undefined;
  }
}
