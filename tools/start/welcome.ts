import { LOCAL_FILE, localVars, ownLocalVars } from "../lib/local-vars.ts";
import {
  blacklistBody,
  friendAddBody,
  friendDeleteBody,
  friendRequestBody,
  friendResponseBody,
} from "../tencent/bodies.ts";

/** Each callback, in the order of events. */
const CALLBACKS: readonly (readonly [what: string, body: { CallbackCommand: string }])[] = [
  ["spammer asks alice to be friends", friendRequestBody("spammer", [{ To_Account: "alice" }])],
  [
    "alice accepts",
    friendResponseBody("alice", [
      { To_Account: "spammer", ResponseAction: "Response_Action_AgreeAndAdd" },
    ]),
  ],
  [
    "alice and bob become friends",
    friendAddBody([
      ["alice", "bob"],
      ["bob", "alice"],
    ]),
  ],
  ["bob is deleted from alice's friends", friendDeleteBody([["alice", "bob"]])],
  ["alice blacklists bob", blacklistBody("Add", [["alice", "bob"]])],
  ["and takes bob off the blacklist", blacklistBody("Delete", [["alice", "bob"]])],
];

export function welcomeText(origin: string): string {
  const values = isOwn() ? `the values of ${LOCAL_FILE}` : "public values, for this machine alone";
  const token = localVars().API_TOKEN;
  // If the team has its own token, it is not printed.
  const named = ownLocalVars().API_TOKEN === undefined ? token : "your API_TOKEN";
  const console = token ? ` The console is at ${origin}/console/ (token: ${named}).` : "";
  return `it answers at ${origin}, with ${values}.${console} Paste into another terminal:`;
}

/** Commands for another terminal: a signed request for each callback, and a look at what they changed. */
export function pasteableText(origin: string): string {
  const vars = localVars();
  // The token in the code is public. A team's own token is not printed.
  const token = isOwn() ? "$CALLBACK_TOKEN" : vars.CALLBACK_TOKEN;
  const sha256 = process.platform === "darwin" ? "shasum -a 256" : "sha256sum";
  const curl = (body: { CallbackCommand: string }) =>
    `T=$(date +%s); curl -X POST "${origin}${vars.CALLBACK_PATH || "/"}?SdkAppid=${vars.SDK_APP_ID}` +
    `&CallbackCommand=${body.CallbackCommand}&contenttype=json&ClientIP=127.0.0.1&OptPlatform=Web` +
    `&RequestTime=$T&Sign=$(printf '%s' "${token}$T" | ${sha256} | cut -d' ' -f1)" ` +
    `-d '${JSON.stringify(body)}'`;
  return `${isOwn() ? "\n# the token that the callbacks are signed with: put your own here\nCALLBACK_TOKEN='…'\n" : ""}
${CALLBACKS.map(([what, body]) => `# ${what}\n${curl(body)}`).join("\n\n")}

# block spammer (then send the request again), and show the friends table
npx wrangler kv key put 'user:spammer' 'no spam here' --binding BLOCKLIST --local
npx wrangler d1 execute DB --local --command 'SELECT * FROM friends'
`;
}

function isOwn(): boolean {
  return ownLocalVars().CALLBACK_TOKEN !== undefined;
}
