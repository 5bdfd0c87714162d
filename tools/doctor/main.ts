/** `npm run doctor`: checks a deployment from outside. */
import type { Command } from "commander";
import { whole } from "../lib/arguments.ts";
import { withHelp } from "../lib/help.ts";
import {
  apiTokenFor,
  type TargetOptions,
  targetOf,
  WHERE_SECRETS_COME_FROM,
  withTarget,
} from "../lib/target.ts";
import { EXIT, interrupted, printJson, run, tool, withJson } from "../lib/tool.ts";
import { RULE_FOR_THE_DOCTOR } from "./decision.ts";
import { examine } from "./examine.ts";
import type { Finding } from "./finding.ts";
import { lineOf } from "./print.ts";
import { settingsFinding } from "./settings.ts";

type DoctorOptions = TargetOptions & { requests: number; decide?: true; json?: true };

const program: Command = withJson(
  withTarget(
    tool({
      command: "npm run doctor --",
      description: "Checks a deployment from outside, as Tencent sees it, and says what to do.",
      no: "something failed",
    }),
  ),
)
  .option("--requests <n>", "requests whose time is taken", whole(1, 1_000), 20)
  .option("--decide", "ask about reserved ids, too (leaves two rows; see below)")
  .action(diagnose);

await run(
  withHelp(program, {
    sections: {
      "Where the token comes from":
        `${WHERE_SECRETS_COME_FROM}\nWith the API token (API_TOKEN, from the same places) it asks about ` +
        "blocklist, dead letters, queues, limits, friend requests and the app's own backend.",
      "What it leaves behind":
        "Lines in the deployment's log, and nothing else. It tells of no pair, and its friend requests " +
        "and responses ask about nobody. With --decide it asks about two ids that no user can have, for they " +
        "are longer than 32 bytes. Where responses are recorded, the record then has two rows more.\n" +
        "The app's own backend, where there is one, gets a signed request without a command, as from the " +
        "console's URL check. Without the API token it may get one of an unknown command. With BACKEND_COMMANDS " +
        "that include friend callbacks, it gets the doctor's, which are about nobody.",
      "Whether the blocklist is what decides":
        "With the API token, the deployment tells whether it can read the blocklist. Seen from outside, a " +
        "blocklist that cannot be read looks like one without a rule, unless ON_BLOCKLIST_ERROR is block. " +
        "So does another namespace. With the rule of the last example in the blocklist, --decide can tell.",
    },
    examples: {
      "npm run doctor": "check what npm start runs",
      "npm run doctor -- --url https://friendgate.example.workers.dev": "check a deployment",
      [`${RULE_FOR_THE_DOCTOR} --remote`]: "store the rule by which --decide can tell",
    },
  }),
);

async function diagnose(options: DoctorOptions): Promise<void> {
  const { url, requests, decide, json } = options;
  const findings: Finding[] = [];
  const tell = (finding: Finding) => {
    interrupted.throwIfAborted();
    findings.push(finding);
    if (!json) console.log(lineOf(finding));
  };
  const target = targetOf(options);
  tell(settingsFinding());
  for await (const finding of examine({
    target,
    apiToken: apiTokenFor(url),
    requests,
    decide: decide ?? false,
  })) {
    tell(finding);
  }
  if (json) printJson({ findings });
  process.exitCode = exitCodeOf(findings);
}

function exitCodeOf(findings: readonly Finding[]): number {
  const failed = findings.filter(({ level }) => level === "failed");
  if (failed.some(({ what }) => what === "reachable")) return EXIT.unreachable;
  return failed.length > 0 ? EXIT.no : EXIT.done;
}
