/** `npm run watch`: follows the record of decided friend requests and responses in the terminal. */
import { setTimeout as wait } from "node:timers/promises";
import { Option } from "commander";
import { httpUrl, whole } from "../lib/arguments.ts";
import { withHelp } from "../lib/help.ts";
import { apiTokenOf } from "../lib/target.ts";
import { shownJson } from "../lib/terminal.ts";
import { EXIT, interrupted, run, say, ToolError, tool } from "../lib/tool.ts";
import { count, countsText, newCounts } from "./counts.ts";
import { followed } from "./follow.ts";
import { header, lineOf } from "./print.ts";

/** A record is in the table a second or two after its callback. More frequent reads would show no more. */
const POLL_SECONDS = 2;

const program = tool({
  command: "npm run watch --",
  description:
    "Follows the record of friend requests and friend responses: the newest ones, the oldest of them first, " +
    "then each as it is recorded. A terminal shows columns, a pipe gets one JSON object a line. Ctrl-C ends " +
    "it, and then it says how many of each there were.",
})
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
  .option("--json", "one JSON object a line, in a terminal too")
  .action(watch);

await run(
  withHelp(program, {
    sections: {
      "Where the token comes from":
        "From API_TOKEN in the environment, else from .dev.vars, else, for localhost only, as `npm start` " +
        "has it. Records exist where RECORD_RESPONSES is not none.",
      "What a line says":
        "A line with the action Request is a friend request: `from` asks `to`. The others are friend " +
        "responses: `from` answers what `to` has asked. In JSON, `type` is request or response.",
    },
    examples: {
      "npm run watch": "follow `npm start` in another terminal",
      "npm run watch -- --blocked --last 5": "the last five refusals, and each new one",
      "npm run -s watch -- --once --last 1000 | jq -r 'select(.type == \"request\").applicantId' | sort | uniq -c":
        "who asks how often?",
    },
  }),
);

type Options = {
  url: string;
  blocked?: true;
  last: number;
  every: number;
  once?: true;
  json?: true;
};

async function watch({ url, blocked, last, every, once, json }: Options): Promise<void> {
  const token = apiTokenOf(url);
  // A reader who wants only the first lines closes the pipe. This tool has no other end.
  process.stdout.on("error", () => process.exit(EXIT.done));
  const isTable = process.stdout.isTTY && !json;
  if (isTable) console.log(header(width()));

  const poll = followed({ url, token, blocked: blocked ?? false, last });
  const counts = newCounts();
  interrupted.addEventListener("abort", () => say(countsText(counts)));
  let isGone = false;
  for (;;) {
    const polled = await poll();
    if (!polled.ok) {
      if (!polled.passing || once) throw new ToolError(polled.problem, polled.todo);
      if (!isGone) say(`${polled.problem}; asking again every ${every} s`, polled.todo);
      isGone = true;
    } else {
      if (isGone) say(`${new URL(url).origin} is back`);
      isGone = false;
      for (const decided of polled.decided) {
        count(counts, decided);
        console.log(isTable ? lineOf(decided, width()) : shownJson(decided));
      }
    }
    if (once) return say(countsText(counts));
    await wait(every * 1_000, undefined, { signal: interrupted });
  }
}

/** The size of a terminal may change meanwhile. */
function width(): number {
  return process.stdout.columns || 80;
}
