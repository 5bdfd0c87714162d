import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withFolder } from "../lib/folder.ts";
import { callWrangler } from "./call-wrangler.ts";
import type { Deployment, Done } from "./deployment.ts";

/** The code, with its bindings, crons, consumers, and the secrets that are new. */
export async function upload(deployment: Deployment): Promise<Done> {
  const { config, isDryRun, secrets } = deployment;
  if (isDryRun) return { did: `${config.name} would be uploaded` };
  deployment.url = await withFolder(async (folder) => {
    const secretsFile = join(folder, "secrets.json");
    const outputFile = join(folder, "output");
    // Written even without secrets: it tells wrangler to keep those that the Worker has.
    writeFileSync(secretsFile, JSON.stringify(secrets), { mode: 0o600 });
    await callWrangler(deployment, ["deploy", "--secrets-file", secretsFile], {
      WRANGLER_OUTPUT_FILE_PATH: outputFile,
    });
    return addressIn(readFileSync(outputFile, "utf8"));
  });
  return { did: `${config.name}${deployment.url === undefined ? "" : ` at ${deployment.url}`}` };
}

/**
 * Where callbacks can be sent. wrangler names the targets: `https://…workers.dev`,
 * `im.example.com (custom domain)` or `im.example.com/* (zone name: example.com)`. A domain of the
 * team's own comes first, because the team wants Tencent to call it.
 */
export function addressIn(output: string): string | undefined {
  const entries: { type: string; targets?: string[] }[] = output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
  const targets = entries.find(({ type }) => type === "deploy")?.targets ?? [];
  const hosts = targets.flatMap((target) => {
    const [, host] = /^(?:https:\/\/)?([\w-]+(?:\.[\w-]+)+)(?:[/ ]|$)/.exec(target) ?? [];
    return host === undefined || /^(?:Producer|Consumer|schedule)\b/.test(target) ? [] : [host];
  });
  const host = hosts.find((each) => !each.endsWith(".workers.dev")) ?? hosts[0];
  return host === undefined ? undefined : `https://${host}`;
}
