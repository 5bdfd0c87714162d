import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline/promises";
import { readConfig as readWorkerConfig } from "../../src/config.ts";
import { TEAM_FILE } from "../lib/config.ts";
import { cronProblems } from "../lib/crons.ts";
import { databaseProblems } from "../lib/databases.ts";
import { EXIT } from "../lib/tool.ts";
import { type Deployment, type Done, StepError } from "./deployment.ts";
import { findWorker } from "./login.ts";
import { saveAppId } from "./team-file.ts";

/**
 * The SDKAppID and the secrets. They come from the team's file, the Worker, the environment, or the
 * user's answer.
 */
export async function collectValues(deployment: Deployment): Promise<Done> {
  deployment.worker = await findWorker(deployment);
  const kept = deployment.worker.secrets;
  const { config, isInteractive, env, signal } = deployment;
  const ask = isInteractive ? (text: string) => question(text, signal) : undefined;

  const saved = config.vars.SDK_APP_ID;
  const given = process.env.SDK_APP_ID || undefined;
  if (saved !== undefined && given !== undefined && String(saved) !== given) {
    throw new StepError(
      `SDK_APP_ID is ${saved} in ${TEAM_FILE}, and ${given} in the environment`,
      "unset the one of the environment, or correct the file",
    );
  }
  const appId = saved ?? given ?? (await ask?.("SDKAppID of your app in the IM console: "));
  const where = env === undefined ? "[vars]" : `[env.${env}.vars]`;
  if (!appId) throw missing("SDK_APP_ID", `, or put it under ${where} in ${TEAM_FILE}`);
  config.vars.SDK_APP_ID = appId;

  const isFirst = !kept.includes("CALLBACK_TOKEN");
  if (isFirst) {
    const token =
      process.env.CALLBACK_TOKEN ||
      (await ask?.("Token of the console's callback authentication (Enter makes one): "));
    if (token === undefined) throw missing("CALLBACK_TOKEN", "");
    take(deployment, "CALLBACK_TOKEN", token || made(deployment, "CALLBACK_TOKEN", 16));
  }
  if (!kept.includes("API_TOKEN")) {
    if (process.env.API_TOKEN) take(deployment, "API_TOKEN", process.env.API_TOKEN);
    else if (isFirst && /^y/i.test((await ask?.("Is the read API wanted? (y/N) ")) ?? "")) {
      take(deployment, "API_TOKEN", made(deployment, "API_TOKEN", 32));
    }
  }

  refuseWhatTheWorkerRefuses(deployment);
  if (saved === undefined && ask !== undefined && !deployment.isDryRun)
    saveAppId(String(appId), env);
  return { did: summary(deployment) };
}

/** Checks before any change what the Worker would say after the upload. */
function refuseWhatTheWorkerRefuses({ config, secrets, worker }: Deployment): void {
  const kept = Object.fromEntries(worker.secrets.map((name) => [name, `${name}-of-the-Worker`]));
  const { SHARDS: _, ...vars } = config.vars;
  const { problems: others } = readWorkerConfig({ ...vars, ...kept, ...secrets });
  const problems = [...others, ...databaseProblems(config), ...cronProblems(config)];
  if (problems.length > 0)
    throw new StepError(problems.join("; "), "correct the value", EXIT.usage);
}

function take({ secrets }: Deployment, name: string, value: string): void {
  secrets[name] = value;
}

function made(deployment: Deployment, name: string, bytes: number): string {
  deployment.made.push(name);
  return randomBytes(bytes).toString("hex");
}

function missing(name: string, other: string): StepError {
  return new StepError(`${name} is not set`, `set ${name} in the environment${other}`, EXIT.usage);
}

function summary({ config, secrets, worker }: Deployment): string {
  const uploaded = Object.keys(secrets);
  return [
    `app ${config.vars.SDK_APP_ID}`,
    ...(uploaded.length > 0 ? [`new: ${uploaded.join(", ")}`] : []),
    ...(worker.secrets.length > 0 ? [`already there: ${worker.secrets.join(", ")}`] : []),
  ].join("; ");
}

async function question(text: string, signal: AbortSignal): Promise<string> {
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  // The prompt takes Ctrl-C for itself.
  prompt.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    return (await prompt.question(text, { signal })).trim();
  } finally {
    prompt.close();
  }
}
