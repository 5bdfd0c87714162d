/** `npm run reshard`: moves users from one database to another while everything runs. */
import { type Command, Option } from "commander";
import { SLOTS } from "../../src/limits.ts";
import { MOMENT_FORMS } from "../../src/spreadsheet/moment.ts";
import { environment, moment, parseWhole, taken } from "../lib/arguments.ts";
import { withHelp } from "../lib/help.ts";
import { urlOption } from "../lib/target.ts";
import { run, tool, withJson } from "../lib/tool.ts";
import type { Slots } from "./parts.ts";
import { checkPlaces, copySlots, moveRows, showShards } from "./run.ts";

const URL_EXAMPLE = "--url https://im.example.com";

const program = withHelp(
  tool({
    command: "npm run reshard --",
    description:
      "Moves users from one D1 database to another. Users are spread over 1,024 slots, and SHARDS says which " +
      "database has which slots. Each step asks the deployment, with the API token, and can be done again.",
    no: "rows lie where they do not belong, or stay there",
  }),
  {
    sections: {
      "The way":
        "Bind the new database and deploy it; `copy`, which may take hours; hold the queue; `copy` what has " +
        "changed since; deploy the new SHARDS; `move`; let the queue deliver. At its end, `copy` prints " +
        "the rest of the way, with this deployment's own values. docs/growing.md, says more.",
      "Where the token comes from":
        "From API_TOKEN in the environment, else from .dev.vars, else, for localhost only, as `npm start` " +
        "has it.",
    },
    examples: {
      [`npm run reshard -- show ${URL_EXAMPLE}`]: "how full is each database?",
      [`npm run reshard -- copy --to DB_2 --slots 512-1023 ${URL_EXAMPLE}`]:
        "half of all users, to a second database",
      [`npm run reshard -- move ${URL_EXAMPLE}`]: "remove them from the first, once SHARDS says so",
    },
  },
);

const slots = taken(
  (text): Slots | undefined => {
    const [, from = "", to = from] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
    const [first, last] = [parseWhole(from, 0, SLOTS - 1), parseWhole(to, 0, SLOTS - 1)];
    return first === undefined || last === undefined || first > last ? undefined : [first, last];
  },
  `a slot, or the first and the last one, such as 512-1023; the last there is is ${SLOTS - 1}`,
);

const binding = taken(
  (text) => (/^DB(?:_\w+)?$/.test(text) ? text : undefined),
  "the binding of a database, such as DB_2",
);

function command(name: string, description: string): Command {
  return withJson(
    program
      .command(name)
      .description(description)
      .addOption(urlOption("the deployment; where `npm start` answers unless given")),
  );
}

const state = ["--state <file>", "where to go on from after an interruption"] as const;

withHelp(command("show", "Shows the databases, how full they are, and which slots each has."), {
  examples: { [`npm run reshard -- show ${URL_EXAMPLE}`]: "what there is" },
}).action(showShards);

withHelp(
  command(
    "copy",
    "Copies what users of some slots have to another database. Nothing is removed, and the Worker reads it where " +
      "it was.",
  ),
  {
    sections: {
      "What it does":
        "It copies the friends, blacklists and dismissals of these slots from wherever they are. Then it copies " +
        "what has changed meanwhile, pass by pass, until a pass takes no time. A copied row is merged: the " +
        "newer one of two wins, so a copy may be repeated at any time.",
      "When it is interrupted": "The same command goes on where it ended.",
    },
    examples: {
      [`npm run reshard -- copy --to DB_2 --slots 512-1023 ${URL_EXAMPLE}`]: "half of all users",
      [`npm run reshard -- copy --to DB_2 --slots 512-1023 --since 2027-01-31T12:00 ${URL_EXAMPLE}`]:
        "what has changed since",
    },
  },
)
  .requiredOption("--to <binding>", "the database that is to have them", binding)
  .requiredOption("--slots <range>", "whose: the first and the last slot", slots)
  .option("--since <time>", `only what has changed since: ${MOMENT_FORMS}`, moment)
  .addOption(
    new Option("--env <name>", "the deployment's, for the commands that it prints").argParser(
      environment,
    ),
  )
  .option(...state)
  .action(copySlots);

withHelp(
  command(
    "check",
    "Tells what lies where it does not belong, and how many of those rows are not yet where they belong. It writes " +
      "nothing.",
  ),
  { examples: { [`npm run reshard -- check ${URL_EXAMPLE}`]: "is everything in its place?" } },
).action(checkPlaces);

withHelp(
  command(
    "move",
    "Brings what lies where it does not belong to where SHARDS, or RECORDS, says, and removes it at its old place.",
  ),
  {
    sections: {
      "What it does":
        "Slice by slice the Worker merges the rows at their new place, looks whether each is there as new as " +
        "here, and removes only those. It asks first, with the numbers.",
      "The way back":
        "Put the old SHARDS into friendgate.toml, deploy it, and run the same command: it brings all back.",
      "When it is interrupted": "The same command goes on where it ended, and asks no more.",
    },
    examples: {
      [`npm run reshard -- move ${URL_EXAMPLE}`]: "after the deploy of another SHARDS",
      [`npm run reshard -- move --yes ${URL_EXAMPLE}`]: "without being asked",
    },
  },
)
  .option("--yes", "do not ask")
  .option(...state)
  .action(moveRows);

await run(program);
