/**
 * `npm start`: the whole Worker on this machine, with embedded KV, queue and D1. No account, no
 * login, no network.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { parseEnv } from "node:util";
import { Command } from "commander";
import { whole } from "../lib/arguments.ts";
import { localVars, root, runWrangler, spawnWrangler } from "../lib/wrangler.ts";
import { friendAddBody, friendDeleteBody, friendResponseBody } from "../tencent/bodies.ts";

const { port } = new Command("start")
  .description("Runs the whole Worker on this machine, with embedded KV, queue and D1.")
  .option("--port <number>", "where it answers", whole(1, 65_535), 8787)
  .addHelpText(
    "after",
    "\nThe settings come from .dev.vars, else from .dev.vars.example. They are read at the start.",
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
// Of the file wrangler takes only what wrangler.toml names; the optional settings are not there.
const optional = Object.entries(vars)
  .filter(([name]) => name !== "SDK_APP_ID" && name !== "CALLBACK_TOKEN")
  .flatMap(([name, value]) => ["--var", `${name}:${value}`]);

const server = spawnWrangler(
  [
    ...["dev", "--port", String(port), "--env-file", localVars, ...optional],
    "--show-interactive-dev-session=false",
  ],
  // wrangler prefers the environment's secrets to the file's: here the file is what counts.
  { stdio: ["ignore", "inherit", "inherit"], env: { CALLBACK_TOKEN: vars.CALLBACK_TOKEN } },
);
server.on("exit", (code) => process.exit(code ?? 1));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => server.kill(signal));
}

for (;;) {
  const status = await healthStatus();
  if (status === 200) {
    console.log(welcome());
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

function welcome(): string {
  // The example's token is public; the team's own is not printed.
  const isOwn = localVars === ".dev.vars";
  const token = isOwn ? "$CALLBACK_TOKEN" : vars.CALLBACK_TOKEN;
  const sha256 = process.platform === "darwin" ? "shasum -a 256" : "sha256sum";
  const curl = (body: { CallbackCommand: string }) =>
    `T=$(date +%s); curl -X POST "${origin}${vars.CALLBACK_PATH || "/"}?SdkAppid=${vars.SDK_APP_ID}` +
    `&CallbackCommand=${body.CallbackCommand}&contenttype=json&ClientIP=127.0.0.1&OptPlatform=Web` +
    `&RequestTime=$T&Sign=$(printf '%s' "${token}$T" | ${sha256} | cut -d' ' -f1)" ` +
    `-d '${JSON.stringify(body)}'`;
  return `
friendgate answers at ${origin}, with the values of ${localVars}. Paste into another terminal:
${isOwn ? "\n# the token that the callbacks are signed with: put your own here\nCALLBACK_TOKEN='…'\n" : ""}
# alice and bob become friends
${curl(
  friendAddBody([
    ["alice", "bob"],
    ["bob", "alice"],
  ]),
)}

# bob is deleted from alice's friends
${curl(friendDeleteBody([["alice", "bob"]]))}

# alice accepts a friend request of spammer
${curl(
  friendResponseBody("alice", [
    { To_Account: "spammer", ResponseAction: "Response_Action_AgreeAndAdd" },
  ]),
)}

# block spammer (then send the response again), and show the friends table
npx wrangler kv key put 'user:spammer' 'no spam here' --binding BLOCKLIST --local
npx wrangler d1 execute DB --local --command 'SELECT * FROM friends'
`;
}
