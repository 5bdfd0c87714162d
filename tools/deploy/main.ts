/** `npm run deploy`: everything that a deployment needs, the first time and every time. */
import { Command, Option } from "commander";
import { environment } from "../lib/arguments.ts";
import { readConfig, TEAM_FILE } from "../lib/config.ts";
import { errorText, shownLines } from "../lib/terminal.ts";
import { withoutSecrets } from "./call-wrangler.ts";
import { consoleText, madeText } from "./console.ts";
import { type Deployment, type Step, StepError } from "./deployment.ts";
import { examine } from "./examine.ts";
import { checkLogin } from "./login.ts";
import { applyMigrations, findDatabase, findNamespace, findQueues } from "./resources.ts";
import { upload } from "./upload.ts";
import { collectValues } from "./values.ts";

const STEPS: Step[] = [
  { name: "login", run: checkLogin },
  { name: "values", run: collectValues },
  { name: "blocklist", run: findNamespace },
  { name: "database", run: findDatabase },
  { name: "queues", run: findQueues },
  { name: "migrations", run: applyMigrations },
  { name: "upload", run: upload },
  { name: "doctor", run: examine },
];

const { env, dryRun } = new Command("npm run deploy --")
  .description("Deploys friendgate to your Cloudflare account, or brings a deployment up to date.")
  .addOption(
    new Option(
      "--env <name>",
      "another deployment, with a Worker and storage of its own",
    ).argParser(environment),
  )
  .option("--dry-run", "say what would be done, and change nothing")
  .addHelpText(
    "after",
    `
It may be run again at any time: what is there stays, and what is missing is made.

Where values come from:
  The SDKAppID is kept in ${TEAM_FILE}, as SDK_APP_ID under [vars], or for --env under
  [env.<name>.vars]. The secrets CALLBACK_TOKEN and API_TOKEN are kept by the Worker.
  What is missing is asked in a terminal. Elsewhere, as in CI, it comes from the environment:
  SDK_APP_ID, CALLBACK_TOKEN, and API_TOKEN where the read API is wanted.

Exit code: 1 when a step failed, else 0.`,
  )
  .parse()
  .opts<{ env?: string; dryRun?: true }>();

const interrupted = new AbortController();
// wrangler is stopped, and what lies in temporary files is removed, before this ends.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => interrupted.abort(new Error(signal)));
}

let at = "configuration";
const secrets: Record<string, string> = {};
try {
  const deployment: Deployment = {
    env,
    isDryRun: dryRun ?? false,
    isInteractive: process.stdin.isTTY && process.stdout.isTTY && !process.env.CI,
    config: readConfig(env),
    worker: { exists: false, secrets: [] },
    secrets,
    made: [],
    url: undefined,
    signal: interrupted.signal,
  };
  for (const { name, run } of STEPS) {
    at = name;
    // Before they are the Worker's: after an interrupted upload nothing could tell them.
    if (name === "upload" && !deployment.isDryRun && deployment.made.length > 0) {
      console.log(madeText(deployment));
    }
    const { did, warning } = await run(deployment);
    interrupted.signal.throwIfAborted();
    console.log(shownLines(`✓ ${name}: ${did}`));
    if (warning !== undefined) console.log(shownLines(`  warning: ${warning}`));
  }
  if (!deployment.isDryRun) console.log(shownLines(consoleText(deployment)));
} catch (error) {
  const why = interrupted.signal.aborted ? "interrupted" : errorText(error);
  const todo = error instanceof StepError && !interrupted.signal.aborted ? error.todo : "";
  console.error(`✗ ${at}: ${withoutSecrets(why, Object.values(secrets))}`);
  console.error(`  ${todo === "" ? "" : `→ ${todo}; then `}run it again: it goes on from here.`);
  process.exitCode = 1;
}
