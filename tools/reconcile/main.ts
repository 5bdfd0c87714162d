/** `npm run reconcile`: compares the friends table with Tencent's own lists, and repairs it. */
import { type Command, Option } from "commander";
import { httpUrl, whole } from "../lib/arguments.ts";
import { withHelp } from "../lib/help.ts";
import { withEncoding } from "../lib/spreadsheet-options.ts";
import { urlOption } from "../lib/target.ts";
import { run, tool, withJson } from "../lib/tool.ts";
import { REGIONS } from "./regions.ts";
import { reconcileUsers } from "./run.ts";

const program: Command = withJson(
  withEncoding(
    tool({
      command: "npm run reconcile --",
      description:
        "Reads users' friend lists by Tencent's REST API, and has the deployment compare its table with " +
        "them and repair it: for an app that has friends already, and for what callbacks have missed.",
      no: "with --dry-run, the table differs from Tencent's lists",
    })
      .option("--users <file>", "the users: CSV, or one a line; - for stdin")
      .option("--known", "the users that the friends table has")
      .option("--sample <n>", "only so many of them, by chance", whole(1, 1_000_000))
      .option("--crawl", "also the friends of --users, their friends, and so on")
      .option("--both-sides", "also whoever is in a pair that differs")
      .addOption(urlOption("the deployment; where `npm start` answers unless given"))
      .addOption(
        new Option("--region <name>", "where the app was made").choices(Object.keys(REGIONS)),
      )
      .addOption(
        new Option("--tencent <url>", "the REST API itself, in place of --region").argParser(
          httpUrl,
        ),
      )
      .addOption(new Option("--app-id <digits>", "the SDKAppID").env("SDK_APP_ID"))
      .option("--admin <account>", "an administrator of the app", "administrator")
      .option("--rate <n>", "calls a second; the app's own backend shares 200", whole(1, 200), 20)
      .option("--concurrency <n>", "users whose lists are read at once", whole(1, 100), 8)
      .option("--dry-run", "compare, and repair nothing")
      .option("--no-names", "do not name those who are left out: a log is not for accounts")
      .option("--pairs <file>", "write the pairs that differ to this CSV file")
      .option("--state <file>", "where to go on from after an interruption"),
  ),
).action(reconcileUsers);

await run(
  withHelp(program, {
    sections: {
      "The key":
        "The app's secret key comes from TENCENT_SECRET_KEY in the environment, and from nowhere else. It " +
        "signs for any user, so it stays on this machine: it is sent to nobody, and printed nowhere. " +
        "API_TOKEN comes from the environment, else from .dev.vars, else, for localhost only, as `npm " +
        "start` has it. Without a key, a Tencent on this machine (`npm run simulate -- rest`) takes its " +
        "own.",
      "Where the users come from":
        "Tencent has no call that lists all accounts. --users takes your user table's ids, or the " +
        "console's export: a CSV file that names a column userId, user, account or id, or one account a " +
        "line. --known finds what callbacks have missed among those who have friends already. A list says " +
        "who is in it, and not in whose lists its user is: each side of a friendship is its own read. What " +
        "is lost of one side is mostly lost of the other, which --both-sides reads, too.",
      "What it changes":
        "A friend of the list who is not in the table is added; a friend in the table who is not in the " +
        "list is deleted. What the table has learned since the list was read is newer, and stays. An " +
        "account that Tencent does not have is skipped and named; its rows stay.",
      "When it is interrupted":
        "The same command goes on where it ended, and does nothing twice. Until it has ended, its state " +
        "is in .wrangler/friendgate, or in the file of --state: accounts, readable for you alone.",
      "When users could not be read":
        "It ends with 3, and names them. So it does where Tencent or the deployment does not answer.",
    },
    examples: {
      "npm run reconcile -- --users users.csv --region singapore --url https://im.example.com":
        "the first import: the whole user table",
      "npm run reconcile -- --known --region china --url https://im.example.com --dry-run":
        "does the table differ from Tencent's lists?",
      "npm run reconcile -- --known --sample 1000 --region china --dry-run":
        "the same, for a thousand of them",
      "npm run reconcile -- --users - --both-sides --region china < active.txt":
        "after an outage: those who were active then, and whose friends they were",
      "npm run reconcile -- --users users.txt --tencent http://127.0.0.1:8789":
        "against `npm run simulate -- rest`",
    },
  }),
);
