/**
 * `npm run dead-letters`: shows what could not be applied, and settles it. It runs the functions of src/
 * through `wrangler d1 execute`. It works on local storage unless `--remote` is given.
 */
import { type Command, Option } from "commander";
import { RETENTION_DEFAULT_DAYS } from "../../src/limits.ts";
import { MOMENT_OR_AGE, momentOrAge, whole } from "../lib/arguments.ts";
import { withHelp } from "../lib/help.ts";
import { withStorage } from "../lib/storage.ts";
import { urlOption } from "../lib/target.ts";
import { run, tool, withJson } from "../lib/tool.ts";
import { discard, redriveSome } from "./settle.ts";
import { list, show } from "./show.ts";

const program = withHelp(
  tool({
    command: "npm run dead-letters --",
    description:
      "A dead letter is a message that could not be applied. The queue gave it up (exhausted), the table " +
      "refused it (refused-by-table), or it is no message of friendgate's (malformed). A callback that the " +
      "app's backend never took is one, too. It waits until " +
      "you redrive or discard it. Without --remote each command works on the local storage of `npm start`.",
    no: "some were not found, or are left waiting",
  }),
  {
    examples: {
      "npm run dead-letters -- list --remote": "what waits, and why",
      "npm run dead-letters -- show 5f2e… --remote": "one of them, with its accounts",
      "npm run dead-letters -- redrive --all --remote": "apply all, once the cause is corrected",
      "npm run dead-letters -- discard 5f2e… --remote": "give one up",
    },
  },
);

const since = ["--since <time>", `stored at or after: ${MOMENT_OR_AGE}`, momentOrAge] as const;
const until = ["--until <time>", "stored before, in the same forms", momentOrAge] as const;

function command(name: string, description: string): Command {
  const command = program.command(name).description(description);
  return withJson(withStorage(command, "the deployed database, not the local one"));
}

withHelp(command("list", "Lists dead letters, without accounts, the first stored first."), {
  examples: { "npm run dead-letters -- list --since 3d --remote": "what the last days brought" },
})
  .option(...since)
  .option(...until)
  .addOption(
    new Option("--status <status>", "only these")
      .choices(["waiting", "redriven", "discarded", "any"])
      .default("waiting"),
  )
  .option("--limit <rows>", "no more than so many", whole(1, 99_999), 50)
  .action(list);

withHelp(command("show", "Shows dead letters whole, as JSON. They hold accounts."), {
  examples: { "npm run dead-letters -- show 5f2e… --remote": "one letter" },
})
  .argument("<ids...>", "as `list` prints them")
  .action(show);

withHelp(command("redrive", "Applies dead letters as the consumer would have, and settles them."), {
  sections: {
    "Callbacks for the backend":
      "Only the Worker can put them on their queue: it is asked to, at --url, with the API token. That " +
      "comes from API_TOKEN in the environment, else from .dev.vars, else, for localhost only, as `npm " +
      "start` has it. With --remote there is no other URL than the one that you give.",
    "What it changes":
      "The statement of the consumer applies them. None brings back what is older than the newest row of " +
      "its pair, so redriving too much or twice does no harm. Of an addition that is older than the " +
      "tombstones only the pairs are applied that have a row. The others wait: the table no longer knows " +
      "whether they were deleted since. Look the pairs up in Tencent's own list first, then use --checked.",
  },
  examples: {
    "npm run dead-letters -- redrive --since 12h --remote": "what an outage of today has left",
    "npm run dead-letters -- redrive --all --remote --url https://im.example.com":
      "all, and the callbacks for the backend, too",
    "npm run dead-letters -- redrive 5f2e… --checked --remote":
      "one whose pairs you have looked up",
  },
})
  .argument("[ids...]", "as `list` prints them")
  .option(...since)
  .option(...until)
  .option("--all", "every one that waits")
  .option(
    "--tombstone-days <days>",
    `how long tombstones are kept (default: the configured TOMBSTONE_DAYS, or ${RETENTION_DEFAULT_DAYS})`,
    whole(1, 99_999),
  )
  .addOption(urlOption("the Worker, for callbacks; where `npm start` answers without --remote"))
  .option("--checked", "also what is older than the tombstones: you know that it still holds")
  .action(redriveSome);

withHelp(
  command("discard", "Settles dead letters without applying them. They stay readable for a while."),
  { examples: { "npm run dead-letters -- discard 5f2e… --remote": "give one up" } },
)
  .argument("[ids...]", "as `list` prints them")
  .option(...since)
  .option(...until)
  .option("--all", "every one that waits")
  .action(discard);

await run(program);
