import { stripVTControlCharacters } from "node:util";
import { callWrangler, failureOf, tryWrangler } from "./call-wrangler.ts";
import { type Deployment, type Done, StepError } from "./deployment.ts";

type Identity = { email?: string; accounts: { id: string; name: string }[] };

export async function checkLogin(deployment: Deployment): Promise<Done> {
  const account = process.env.CLOUDFLARE_ACCOUNT_ID || deployment.config.account_id;
  // A token of one account may not be allowed to read who its user is.
  if (process.env.CLOUDFLARE_API_TOKEN && account) return { did: `API token, account ${account}` };
  const whoami = await tryWrangler(deployment, ["whoami", "--json"]);
  if (!whoami.ok) {
    throw new StepError(
      "wrangler is not logged in",
      "run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID",
    );
  }
  const { email, accounts }: Identity = JSON.parse(whoami.stdout.slice(whoami.stdout.indexOf("{")));
  const [only] = accounts;
  if (account === undefined && accounts.length > 1) {
    const names = accounts.map(({ id, name }) => `${id} (${name})`);
    throw new StepError(
      `there are several accounts: ${names.join(", ")}`,
      'put account_id = "…" at the top of friendgate.toml, or set CLOUDFLARE_ACCOUNT_ID',
    );
  }
  const used = accounts.find(({ id }) => id === account) ?? only;
  return { did: `${email ?? "API token"}, account ${used?.name ?? account}` };
}

/** What the account has under the Worker's name. */
export async function findWorker(deployment: Deployment): Promise<Deployment["worker"]> {
  const args = ["secret", "list", "--format", "json"];
  const listed = await tryWrangler(deployment, args);
  if (listed.ok) {
    const text = stripVTControlCharacters(listed.stdout);
    const secrets: { name: string }[] = JSON.parse(text.slice(text.indexOf("[")));
    return { exists: true, secrets: secrets.map(({ name }) => name) };
  }
  if (/^Worker ".*" not found/.test(listed.words)) return { exists: false, secrets: [] };
  throw failureOf(args, listed.words, deployment);
}

/** The names of the account's databases. */
export async function databaseNames(deployment: Deployment): Promise<string[]> {
  const printed = await callWrangler(deployment, ["d1", "list", "--json"]);
  const databases: { name: string }[] = JSON.parse(printed.slice(printed.indexOf("[")));
  return databases.map(({ name }) => name);
}
