/**
 * `npm run blocklist -- …`: the blocklist for the people who run it. It writes to the storage with
 * `wrangler kv`.
 */
import { withHelp } from "../lib/help.ts";
import { withStorage } from "../lib/storage.ts";
import { run, tool } from "../lib/tool.ts";
import { addCommand } from "./commands/add.ts";
import { convertCommand } from "./commands/convert.ts";
import { diffCommand } from "./commands/diff.ts";
import { explainCommand } from "./commands/explain.ts";
import { exportCommand } from "./commands/export.ts";
import { filterCommand } from "./commands/filter.ts";
import { importCommand } from "./commands/import.ts";
import { lintCommand } from "./commands/lint.ts";
import { listCommand } from "./commands/list.ts";
import { removeCommand } from "./commands/remove.ts";

const program = withStorage(
  tool({
    command: "npm run blocklist --",
    description:
      "Keeps the blocklist: rules in KV that refuse friend requests and friend responses.",
    no: "refused, drift, problems found, no such rule",
  }),
  "work on the account, not on the local storage of `npm start`",
).configureHelp({ showGlobalOptions: true });

for (const command of [
  addCommand(),
  removeCommand(),
  listCommand(),
  explainCommand(),
  lintCommand(),
  diffCommand(),
  convertCommand(),
  importCommand(),
  exportCommand(),
  filterCommand(),
]) {
  program.addCommand(command);
}

await run(
  withHelp(program, {
    sections: {
      "<kind>":
        "It is user, responder, applicant or ip, with one id. Or it is pair, with two ids: the first is " +
        "who answers, the second who asked.",
    },
    examples: {
      'npm run blocklist -- add user spammer --reason "no spam"': "ban an account",
      "npm run blocklist -- explain --from alice --to spammer": "why is it refused?",
      "npm run blocklist -- explain --request --from spammer --to alice":
        "may spammer ask alice, and may she accept?",
      "npm run blocklist -- import bans.csv --remote": "10,000 rules at once",
      "npm run blocklist -- lint --remote": "is every rule as it was meant?",
    },
  }),
);
