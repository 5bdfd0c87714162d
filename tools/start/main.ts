/**
 * `npm start`: the whole Worker on this machine, with embedded KV, queue and D1. No account, no
 * login, no network.
 */
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { whole } from "../lib/arguments.ts";
import { readConfig, TEAM_FILE } from "../lib/config.ts";
import { boundDatabases } from "../lib/databases.ts";
import { withHelp } from "../lib/help.ts";
import { unknownVars } from "../lib/known-vars.ts";
import { LOCAL_FILE, localVars, ownLocalVars } from "../lib/local-vars.ts";
import { databaseFlags } from "../lib/storage.ts";
import { interrupted, run, say, ToolError, tool } from "../lib/tool.ts";
import { runWrangler, spawnWrangler } from "../lib/wrangler.ts";
import { devCommand } from "./config.ts";
import { pasteableText, welcomeText } from "./welcome.ts";

const program = tool({
  command: "npm start --",
  description: "Runs the whole Worker on this machine, with embedded KV, queue and D1.",
})
  .option("--port <number>", "where it answers", whole(1, 65_535), 8787)
  .action(start);

await run(
  withHelp(program, {
    sections: {
      Settings:
        `They come from ${LOCAL_FILE}, ${TEAM_FILE} and wrangler.toml, where there are such files. They are ` +
        "read at the start: after a change, stop it and start it again. Ctrl-C stops it.",
    },
    examples: {
      "npm start": "answer at http://localhost:8787",
      "npm start -- --port 8788": "answer at another port",
    },
  }),
);

async function start({ port }: { port: number }): Promise<void> {
  const config = readConfig();
  const vars = localVars();
  const unknown = [
    ...unknownVars(Object.keys(ownLocalVars()), LOCAL_FILE),
    ...unknownVars(Object.keys(config.vars), `[vars] of wrangler.toml or ${TEAM_FILE}`),
  ];
  for (const problem of unknown) say(`warning: ${problem}`, "correct the name, or take it out");
  if (await isTaken(port)) {
    const other = `stop what listens there, or choose another port: npm start -- --port ${port + 1}`;
    throw new ToolError(`port ${port} is in use`, other);
  }
  for (const { binding } of boundDatabases(config)) {
    await runWrangler(["d1", "migrations", "apply", binding, ...databaseFlags({})]);
  }

  const server = spawnWrangler(devCommand(config, Object.keys(vars), port), {
    stdio: ["ignore", "inherit", "inherit"],
    // The environment carries the values. They replace what was there.
    env: vars,
  });
  // This comes when the server is stopped. It only matters that the server has ended.
  server.on("error", () => {});
  const ended = once(server, "exit");
  const origin = `http://localhost:${port}`;
  await Promise.race([ended, welcome(origin)]);
  await ended;
  if (!interrupted.aborted) throw new ToolError("the server has ended", "see what it says above");
}

async function welcome(origin: string): Promise<void> {
  for (;;) {
    const status = await healthStatus(origin);
    if (status === 200) {
      say(welcomeText(origin));
      // Printed without a prefix, because a reader would paste the prefix, too.
      return console.error(pasteableText(origin));
    }
    if (status !== undefined) {
      const todo = `put right what "problems" above names in ${LOCAL_FILE}, then stop and start again`;
      return say("it runs, and refuses every callback", todo);
    }
    await wait(200, undefined, { signal: interrupted }).catch(() => {});
    if (interrupted.aborted) return;
  }
}

/** wrangler would print a stack trace of the runtime instead. */
function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(true));
    server.listen(port, "localhost", () => server.close(() => resolve(false)));
  });
}

async function healthStatus(origin: string): Promise<number | undefined> {
  try {
    return (await fetch(`${origin}/health`, { signal: interrupted })).status;
  } catch {
    return undefined;
  }
}
