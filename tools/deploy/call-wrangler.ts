import { stripVTControlCharacters } from "node:util";
import { outputOf } from "../lib/child.ts";
import { writeConfig } from "../lib/config.ts";
import { spawnWrangler } from "../lib/wrangler.ts";
import { type Deployment, StepError } from "./deployment.ts";

/** Which permission each part of the API needs, as the page for making tokens names it. */
const PERMISSIONS: [RegExp, string][] = [
  [/\/storage\/kv\//, "Workers KV Storage: Edit"],
  [/\/d1\//, "D1: Edit"],
  [/\/queues/, "Queues: Edit"],
  [/\/zones/, "Workers Routes: Edit (of the zone)"],
  [/\/workers\//, "Workers Scripts: Edit"],
  [/\/(?:accounts|memberships)$/, "Account Settings: Read"],
];

export type CallResult = { ok: true; stdout: string } | { ok: false; words: string };

/** Runs wrangler with the deployment's configuration. wrangler asks nothing and changes no file. */
export async function tryWrangler(
  { config, signal }: Deployment,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<CallResult> {
  const flags = ["--config", writeConfig(config)];
  const child = spawnWrangler([...args, ...flags], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { CI: "true", ...env },
    signal,
  });
  const { code, stdout, stderr } = await outputOf(child);
  return code === 0 ? { ok: true, stdout } : { ok: false, words: wordsOf(stdout, stderr) };
}

/**
 * The same for calls where only success is useful.
 *
 * @throws {StepError} with wrangler's own words
 */
export async function callWrangler(
  deployment: Deployment,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const result = await tryWrangler(deployment, args, env);
  if (result.ok) return result.stdout;
  throw failureOf(args, result.words, deployment);
}

export function failureOf(
  args: readonly string[],
  words: string,
  { secrets }: Pick<Deployment, "secrets">,
): StepError {
  const command = args.filter((arg) => !arg.startsWith("-")).slice(0, 3);
  return new StepError(
    `wrangler ${command.join(" ")}: ${withoutSecrets(words, Object.values(secrets))}`,
    todoFor(words),
  );
}

function todoFor(words: string): string {
  if (/\[code: 10000\]|\b403\b|\[code: 9109\]/.test(words)) {
    const [, path = ""] = /Cloudflare API \((\S+?)\)/.exec(words) ?? [];
    const [, permission] = PERMISSIONS.find(([where]) => where.test(path)) ?? [];
    return permission === undefined
      ? "see that the API token is valid, and for this account"
      : `give the API token the permission "${permission}" (dash.cloudflare.com/profile/api-tokens)`;
  }
  if (/more than one account/i.test(words)) {
    return 'put account_id = "…" at the top of friendgate.toml, or set CLOUDFLARE_ACCOUNT_ID';
  }
  return "correct what wrangler names";
}

/** What went wrong in wrangler's words, in one line. Its banner, hints and log files are left out. */
function wordsOf(stdout: string, stderr: string): string {
  const text = stripVTControlCharacters(`${stderr}\n${stdout}`);
  const [, error = text] = /\[ERROR\] ([\s\S]*)/.exec(text) ?? [];
  const [said = ""] = error.split(
    /\n\s*(?:🪵|If you think this is a bug|📎|👋|📋|🔓|It looks like you)/u,
  );
  return said.replaceAll(/\s+/g, " ").trim().slice(0, 1_000);
}

/** wrangler quotes no secrets. This removes them even if it did. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, "…"), text);
}
