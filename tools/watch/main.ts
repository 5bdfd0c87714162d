/** `npm run watch`: follows the record of decided friend responses in the terminal. */
import { setTimeout as wait } from "node:timers/promises";
import { Command, Option } from "commander";
import { httpUrl, whole } from "../lib/arguments.ts";
import { apiTokenFor } from "../lib/target.ts";
import { errorText, shownJson } from "../lib/terminal.ts";
import { followed } from "./follow.ts";
import { header, lineOf } from "./print.ts";

/** A record is in the table a second or two after its callback: asking more often shows no more. */
const POLL_SECONDS = 2;

const program = new Command("npm run watch --")
  .description(
    "Follows the record of friend responses: the newest ones, then each as it is recorded. A terminal " +
      "shows columns, a pipe gets one JSON object a line. Ctrl-C ends it.",
  )
  .addOption(
    new Option("--url <url>", "the deployment")
      .default("http://localhost:8787")
      .env("CALLBACK_URL")
      .argParser(httpUrl),
  )
  .option("--blocked", "refused ones only")
  .option("--last <number>", "how many to begin with", whole(0, 1_000), 20)
  .option("--every <seconds>", "how often to ask", whole(1, 3_600), POLL_SECONDS)
  .option("--once", "end after those")
  .addHelpText(
    "after",
    `
The token comes from API_TOKEN in the environment, else from .dev.vars, else, for localhost only,
as \`npm start\` has it. Records exist where RECORD_RESPONSES is not none.

Try, with \`npm start\` in another terminal:
  npm run watch
  npm run watch -- --blocked
  npm run -s watch -- --once --last 1000 | jq -r .applicantId | sort | uniq -c`,
  );

type Options = { url: string; blocked?: true; last: number; every: number; once?: true };

try {
  await watch(program.parse().opts<Options>());
} catch (error) {
  console.error(errorText(error));
  process.exitCode = 1;
}

async function watch({ url, blocked, last, every, once }: Options): Promise<void> {
  const token = apiTokenFor(url);
  if (!token) throw new Error("no token: set API_TOKEN in the environment");
  const columns = process.stdout.isTTY ? process.stdout.columns : undefined;
  // A reader that wants only the first lines closes the pipe.
  process.stdout.on("error", () => process.exit(0));
  if (columns !== undefined) console.log(header());

  const poll = followed({ url, token, blocked: blocked ?? false, last });
  for (;;) {
    const polled = await poll();
    if (!polled.ok) {
      if (!polled.passing || once) throw new Error(polled.problem);
      console.error(`${polled.problem}; asking again in ${every} s`);
    } else {
      for (const response of polled.responses) {
        console.log(columns === undefined ? shownJson(response) : lineOf(response));
      }
    }
    if (once) return;
    await wait(every * 1_000);
  }
}
