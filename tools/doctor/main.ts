/** `npm run doctor`: checks a deployment from outside. */
import { Command } from "commander";
import { whole } from "../lib/arguments.ts";
import {
  apiTokenFor,
  type TargetOptions,
  targetOf,
  WHERE_SECRETS_COME_FROM,
  withTarget,
} from "../lib/target.ts";
import { errorText } from "../lib/terminal.ts";
import { RULE_FOR_THE_DOCTOR } from "./decision.ts";
import { examine } from "./examine.ts";
import { lineOf } from "./print.ts";

type DoctorOptions = TargetOptions & { requests: number; decide?: true };

const program = withTarget(new Command("npm run doctor --"))
  .description("Checks a deployment from outside, as Tencent sees it, and says what to do.")
  .option("--requests <n>", "requests whose time is taken", whole(1, 1_000), 20)
  .option("--decide", "ask about reserved ids, too (leaves two rows; see below)")
  .addHelpText(
    "after",
    `
Where the token comes from:
  ${WHERE_SECRETS_COME_FROM.replaceAll("\n", "\n  ")}
  With the API token (API_TOKEN, from the same places) it asks about blocklist, dead letters and queue.

What it leaves behind:
  Lines in the deployment's log, and nothing else. It tells of no pair of friends, and its friend
  responses ask about nobody. With --decide it asks about two ids that no user can have, for they are
  longer than 32 bytes. Where friend responses are recorded, the record then has two rows more.

Whether the blocklist is what decides:
  With the API token, the deployment tells whether it can read the blocklist. Seen from outside, a
  blocklist that cannot be read looks like one without a rule, unless ON_BLOCKLIST_ERROR is block. So
  does another namespace. With this rule in the blocklist, --decide can tell:
  ${RULE_FOR_THE_DOCTOR} --remote

Exit code: 1 when something failed, else 0.`,
  )
  .action(async (options: DoctorOptions) => {
    const { url, requests, decide } = options;
    let failures = 0;
    for await (const finding of examine({
      target: targetOf(options),
      apiToken: apiTokenFor(url),
      requests,
      decide: decide ?? false,
    })) {
      console.log(lineOf(finding));
      failures += finding.level === "failed" ? 1 : 0;
    }
    if (failures > 0) process.exitCode = 1;
  });

try {
  await program.parseAsync();
} catch (error) {
  console.error(`doctor: ${errorText(error)}`);
  process.exitCode = 1;
}
