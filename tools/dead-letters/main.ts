/**
 * `npm run dead-letters`: what could not be applied, and what is to become of it. It runs the
 * functions of src/ through `wrangler d1 execute`, on local storage unless `--remote` is given.
 */
import { Command, Option } from "commander";
import { RETENTION_DEFAULT_DAYS } from "../../src/limits.ts";
import { MOMENT_OR_AGE, momentOrAge, whole } from "../lib/arguments.ts";
import { withStorage } from "../lib/storage.ts";
import { errorText } from "../lib/terminal.ts";
import { discard, redriveSome } from "./settle.ts";
import { list, show } from "./show.ts";

const program = new Command("npm run dead-letters --")
  .description(
    "A dead letter is a message that could not be applied. The queue gave it up (exhausted), the table " +
      "refused it (refused-by-table), or it is no message of friendgate's (malformed). It waits until " +
      "you redrive or discard it.",
  )
  .addHelpText(
    "after",
    `
What to do with them:
  $ npm run dead-letters -- list --remote             what waits, and why
  $ npm run dead-letters -- show 5f2e… --remote       one of them, with its accounts
  $ npm run dead-letters -- redrive --all --remote    apply all, once the cause is mended
  $ npm run dead-letters -- discard 5f2e… --remote    give one up

Without --remote each works on the local storage of \`npm start\`.`,
  );

const since = ["--since <time>", `stored at or after: ${MOMENT_OR_AGE}`, momentOrAge] as const;
const until = ["--until <time>", "stored before, in the same forms", momentOrAge] as const;

function command(name: string, description: string): Command {
  const command = program.command(name).description(description);
  return withStorage(command, "the deployed database, not the local one");
}

command("list", "Lists dead letters, without accounts, the first stored first.")
  .option(...since)
  .option(...until)
  .addOption(
    new Option("--status <status>", "only these")
      .choices(["waiting", "redriven", "discarded", "any"])
      .default("waiting"),
  )
  .option("--limit <rows>", "no more than so many", whole(1, 99_999), 50)
  .action(list);

command("show", "Shows dead letters whole, as JSON. They hold accounts.")
  .argument("<ids...>", "as `list` prints them")
  .action(show);

command("redrive", "Applies dead letters as the consumer would have, and settles them.")
  .addHelpText(
    "after",
    `
The statement of the consumer applies them. None brings back what is older than the newest row of
its pair, so redriving too much or twice does no harm. Of an addition that is older than the
tombstones only the pairs are applied that have a row. The others wait: the table no longer knows
whether they were deleted since. Look the pairs up in Tencent's own list first, then use --checked.`,
  )
  .argument("[ids...]", "as `list` prints them")
  .option(...since)
  .option(...until)
  .option("--all", "every one that waits")
  .option(
    "--tombstone-days <days>",
    `how long tombstones are kept (default: the configured TOMBSTONE_DAYS, or ${RETENTION_DEFAULT_DAYS})`,
    whole(1, 99_999),
  )
  .option("--checked", "also what is older than the tombstones: you know that it still holds")
  .action(redriveSome);

command("discard", "Settles dead letters without applying them. They stay readable for a while.")
  .argument("[ids...]", "as `list` prints them")
  .option(...since)
  .option(...until)
  .option("--all", "every one that waits")
  .action(discard);

try {
  await program.parseAsync();
} catch (error) {
  const message = errorText(error);
  const hint = message.includes("no such table")
    ? "\nThe database has not been set up: npx wrangler d1 migrations apply DB --local (or --remote)"
    : "";
  program.error(`error: ${message}${hint}`);
}
