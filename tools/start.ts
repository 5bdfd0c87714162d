/**
 * `npm start`: the whole Worker on this machine, with embedded KV, queue and D1. No account, no
 * login, no network.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { parseArgs, parseEnv } from "node:util";
import { localVars, root, runWrangler, spawnWrangler } from "./wrangler.ts";

const { values } = parseArgs({ options: { port: { type: "string", default: "8787" } } });
const origin = `http://localhost:${values.port}`;

if (await isTaken(Number(values.port))) {
  console.error(
    `Port ${values.port} is in use. Stop what listens there, or choose another port:\n` +
      `  npm start -- --port ${Number(values.port) + 1}`,
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
    ...["dev", "--port", values.port, "--env-file", localVars, ...optional],
    "--show-interactive-dev-session=false",
  ],
  { stdio: ["ignore", "inherit", "inherit"] },
);
server.on("exit", (code) => process.exit(code ?? 1));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => server.kill(signal));
}

while (!(await isUp())) await new Promise((resolve) => setTimeout(resolve, 200));
console.log(welcome());

/** wrangler's own words for it are a stack trace of the runtime. */
function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(true));
    server.listen(port, "localhost", () => server.close(() => resolve(false)));
  });
}

async function isUp(): Promise<boolean> {
  try {
    return (await fetch(`${origin}/health`)).ok;
  } catch {
    return false;
  }
}

function welcome(): string {
  // The example's token is public; the team's own is not printed.
  const token = localVars === ".dev.vars.example" ? vars.CALLBACK_TOKEN : "$CALLBACK_TOKEN";
  const sha256 = process.platform === "darwin" ? "shasum -a 256" : "sha256sum";
  const curl = (body: { CallbackCommand: string; [field: string]: unknown }) =>
    `T=$(date +%s); curl -X POST "${origin}/?SdkAppid=${vars.SDK_APP_ID}` +
    `&CallbackCommand=${body.CallbackCommand}&contenttype=json&ClientIP=127.0.0.1&OptPlatform=Web` +
    `&RequestTime=$T&Sign=$(printf '%s' "${token}$T" | ${sha256} | cut -d' ' -f1)" ` +
    `-d '${JSON.stringify(body)}'`;
  const pairs = [{ From_Account: "alice", To_Account: "bob" }];
  return `
friendgate answers at ${origin}, with the values of ${localVars}. Paste into another terminal:

# alice and bob become friends
${curl({
  CallbackCommand: "Sns.CallbackFriendAdd",
  PairList: pairs.map((pair) => ({ ...pair, Initiator_Account: "alice" })),
  ClientCmd: "friend_add",
  Admin_Account: "",
  ForceFlag: 0,
})}

# bob is deleted from alice's friends
${curl({ CallbackCommand: "Sns.CallbackFriendDelete", PairList: pairs })}

# alice accepts a friend request of spammer
${curl({
  CallbackCommand: "Sns.CallbackPrevFriendResponse",
  Requester_Account: "alice",
  From_Account: "alice",
  ResponseFriendItem: [{ To_Account: "spammer", ResponseAction: "Response_Action_AgreeAndAdd" }],
})}

# block spammer (then send the response again), and show the friends table
npx wrangler kv key put 'user:spammer' 'no spam here' --binding BLOCKLIST --local
npx wrangler d1 execute DB --local --command 'SELECT * FROM friends'
`;
}
