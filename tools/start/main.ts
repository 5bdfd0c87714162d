/**
 * `npm start`: the whole Worker on this machine, with embedded KV, queue and D1. No account, no
 * login, no network.
 */
import { createServer } from "node:net";
import { Command } from "commander";
import { whole } from "../lib/arguments.ts";
import { LOCAL_FILE, localVars } from "../lib/local-vars.ts";
import { runWrangler, spawnWrangler } from "../lib/wrangler.ts";
import { devCommand } from "./config.ts";
import { welcomeText } from "./welcome.ts";

const { port } = new Command("npm start --")
  .description("Runs the whole Worker on this machine, with embedded KV, queue and D1.")
  .option("--port <number>", "where it answers", whole(1, 65_535), 8787)
  .addHelpText(
    "after",
    "\nThe settings come from .dev.vars, friendgate.toml and wrangler.toml, where there are such files. They\n" +
      "are read at the start: after a change, stop it and start it again.",
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

const server = spawnWrangler(devCommand(Object.keys(localVars), port), {
  stdio: ["ignore", "inherit", "inherit"],
  // The values go by the environment, in place of what is there.
  env: localVars,
});
server.on("exit", (code) => process.exit(code ?? 1));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => server.kill(signal));
}

for (;;) {
  const status = await healthStatus();
  if (status === 200) {
    console.log(welcomeText(origin));
    break;
  }
  if (status !== undefined) {
    console.error(
      `\nfriendgate runs, and refuses every callback: see "problems" above. Put it right in ` +
        `${LOCAL_FILE}, then stop and start again.`,
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
