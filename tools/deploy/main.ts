/** `npm run deploy`: everything that a deployment needs, the first time and every time. */
import { Option } from "commander";
import { environment } from "../lib/arguments.ts";
import { readConfig, TEAM_FILE } from "../lib/config.ts";
import { withHelp } from "../lib/help.ts";
import { unknownVars } from "../lib/known-vars.ts";
import { shownLines } from "../lib/terminal.ts";
import { EXIT, interrupted, printJson, run, say, ToolError, tool, withJson } from "../lib/tool.ts";
import { withoutSecrets } from "./call-wrangler.ts";
import { consoleText, madeText } from "./console.ts";
import { type Deployment, type Done, type Step, StepError } from "./deployment.ts";
import { examine } from "./examine.ts";
import { checkLogin } from "./login.ts";
import { applyMigrations, findDatabases, findNamespace, findQueues } from "./resources.ts";
import { upload } from "./upload.ts";
import { collectValues } from "./values.ts";

const STEPS: Step[] = [
  { name: "login", run: checkLogin },
  { name: "values", run: collectValues },
  { name: "blocklist", run: findNamespace },
  { name: "database", run: findDatabases },
  { name: "queues", run: findQueues },
  { name: "migrations", run: applyMigrations },
  { name: "upload", run: upload },
  { name: "doctor", run: examine },
];

type DeployOptions = { env?: string; dryRun?: true; json?: true };

const program = withJson(
  tool({
    command: "npm run deploy --",
    description:
      "Deploys friendgate to your Cloudflare account, or brings a deployment up to date. It may be run " +
      "again at any time: what is there stays, and what is missing is made.",
    no: "it is deployed, and the doctor found that something failed",
  }),
)
  .addOption(
    new Option(
      "--env <name>",
      "another deployment, with a Worker and storage of its own",
    ).argParser(environment),
  )
  .option("--dry-run", "say what would be done, and change nothing")
  .action(deploy);

await run(
  withHelp(program, {
    sections: {
      "Where values come from":
        `The SDKAppID is kept in ${TEAM_FILE}, as SDK_APP_ID under [vars], or for --env under ` +
        "[env.<name>.vars]. The secrets CALLBACK_TOKEN and API_TOKEN are kept by the Worker. What is " +
        "missing is asked in a terminal. Elsewhere, as in CI, it comes from the environment: SDK_APP_ID, " +
        "CALLBACK_TOKEN, and API_TOKEN where the read API is wanted.",
    },
    examples: {
      "npm run deploy -- --dry-run": "say what would be done",
      "npm run deploy": "deploy, the first time and every time",
      "npm run deploy -- --env staging": "a second deployment, beside the first",
    },
  }),
);

async function deploy({ env, dryRun, json }: DeployOptions): Promise<void> {
  const config = readConfig(env);
  for (const problem of unknownVars(Object.keys(config.vars), `[vars] of ${TEAM_FILE}`)) {
    say(`warning: ${problem}`, "correct the name, or take it out");
  }
  const deployment: Deployment = {
    env,
    isDryRun: dryRun ?? false,
    isInteractive: process.stdin.isTTY && process.stdout.isTTY && !process.env.CI,
    config,
    worker: { exists: false, secrets: [] },
    secrets: {},
    made: [],
    url: undefined,
    signal: interrupted,
  };
  const steps: ({ name: string } & Done)[] = [];
  for (const { name, run } of STEPS) {
    // Show new secrets before the upload. If it is interrupted, nothing could show them later.
    if (name === "upload" && !deployment.isDryRun && deployment.made.length > 0) {
      console.error(madeText(deployment));
    }
    const done = await run(deployment)
      .finally(() => interrupted.throwIfAborted())
      .catch((error) => {
        throw failureOf(name, error, deployment);
      });
    steps.push({ name, ...done });
    if (!json) console.log(shownLines(lineOf(name, done)));
  }
  if (json) printJson({ url: deployment.url ?? null, steps });
  else if (!deployment.isDryRun) console.log(shownLines(consoleText(deployment)));
}

function lineOf(name: string, { did, warning }: Done): string {
  return `✓ ${name}: ${did}${warning === undefined ? "" : `\n  warning: ${warning}`}`;
}

function failureOf(step: string, error: unknown, { secrets }: Deployment): ToolError {
  const again = "run it again: it goes on from here";
  if (interrupted.aborted) return new ToolError(`${step}: interrupted`, again, EXIT.interrupted);
  const why = error instanceof Error ? error.message : String(error);
  const todo = error instanceof StepError ? `${error.todo}; then ` : "";
  return new ToolError(
    `${step}: ${withoutSecrets(why, Object.values(secrets))}`,
    `${todo}${again}`,
    error instanceof ToolError ? error.exit : undefined,
  );
}
