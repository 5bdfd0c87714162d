/**
 * `npm run blocklist -- …`: the blocklist for the people who run it. It reads and writes what is
 * stored by `wrangler kv`, and prints the commands.
 */
import { Command } from "commander";
import { withStorage } from "../lib/storage.ts";
import { errorText } from "../lib/terminal.ts";
import { addCommand, removeCommand } from "./commands/change.ts";
import { explainCommand } from "./commands/explain.ts";
import { convertCommand, importCommand } from "./commands/file.ts";
import { exportCommand, lintCommand, listCommand } from "./commands/stored.ts";
import { fail } from "./say.ts";

const program = withStorage(
  new Command("npm run blocklist --"),
  "work on the account, not on the local storage of `npm start`",
)
  .description("Keeps the blocklist: rules in KV that refuse friend responses.")
  .configureHelp({ showGlobalOptions: true })
  .addHelpText(
    "after",
    `
<kind> is user, responder, applicant or ip, with one id. Or it is pair, with two ids: the first is who
answers, the second who asked.

Examples:
  npm run blocklist -- add user spammer --reason "no spam"    ban an account
  npm run blocklist -- explain --from alice --to spammer      why is it refused?
  npm run blocklist -- import bans.csv --remote               10,000 rules at once
  npm run blocklist -- lint --remote                          is every rule as it was meant?`,
  );

for (const command of [
  addCommand(),
  removeCommand(),
  listCommand(),
  explainCommand(),
  lintCommand(),
  convertCommand(),
  importCommand(),
  exportCommand(),
]) {
  program.addCommand(
    command.copyInheritedSettings(program).showHelpAfterError("(--help shows examples)"),
  );
}

try {
  await program.parseAsync();
} catch (error) {
  fail(errorText(error));
}
