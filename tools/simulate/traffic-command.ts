import { Command, Option } from "commander";
import { taken, whole } from "../lib/arguments.ts";
import { wranglerDatabase } from "../lib/d1.ts";
import { withHelp } from "../lib/help.ts";
import { shellCommand } from "../lib/shell.ts";
import { type Storage, storageFlags, withStorage } from "../lib/storage.ts";
import { isLocal, type TargetOptions, targetOf, withTarget } from "../lib/target.ts";
import { EXIT, interrupted, printJson, say, ToolError, UsageError, withJson } from "../lib/tool.ts";
import { whatToCheck } from "../tencent/refusal.ts";
import { sendCallback, type Target } from "../tencent/send.ts";
import { sizeOf } from "./compare.ts";
import { isPrefix, PREFIX_RULE, people } from "./people.ts";
import { type Figures, showProgress } from "./progress.ts";
import { readApi } from "./read-api.ts";
import { reportJson, reportText } from "./report.ts";
import { readTable, removalOf } from "./table.ts";
import { playTraffic } from "./traffic.ts";

type TrafficCommandOptions = TargetOptions &
  Storage & {
    users: number;
    events: number;
    rate: number;
    concurrency: number;
    duplicates: number;
    reorder: number;
    seed: number;
    prefix?: string;
    patience: number;
    json?: true;
  };

const percent = taken((text) => {
  const value = Number(text.replace(/%$/, ""));
  return /^\d+(?:\.\d+)?%?$/.test(text) && value <= 100 ? value : undefined;
}, "a percentage from 0% to 100%");

export function trafficCommand(): Command {
  const command = withTarget(new Command("traffic"))
    .summary("the life of a social graph, then the table against the truth")
    .description(
      "Plays the life of a social graph: users answer friend requests, and users and admins add and " +
        "delete friends, in one direction or in both. Then it waits until the friends table stops " +
        "changing, and compares the table with the truth.",
    )
    .option("--users <n>", "how many users there are", whole(2, 100_000), 1_000)
    .option("--events <n>", "how many things happen", whole(1, 10_000_000), 20_000)
    .option("--rate <n>", "events a second", whole(1, 100_000), 200)
    .option("--concurrency <n>", "events under way at once", whole(1, 10_000), 16)
    .option("--duplicates <percent>", "changes that are told twice", percent, 5)
    .option("--reorder <percent>", "events that arrive behind younger ones", percent, 10)
    .option("--seed <n>", "the same seed plays the same life", whole(0, 2 ** 31 - 1), 7)
    .addOption(
      new Option("--prefix <text>", `what every UserID starts with: ${PREFIX_RULE}`)
        .default(undefined, "new for each run")
        .argParser(taken((text) => (isPrefix(text) ? text : undefined), PREFIX_RULE)),
    )
    .option("--patience <seconds>", "how long a difference must last", whole(0, 3_600), 15);
  return withHelp(
    withJson(
      withStorage(command, "read the deployment's D1 through wrangler, which must be logged in"),
    ),
    {
      sections: {
        "What the truth is":
          "FriendAdd and FriendDelete carry no time. The Worker orders them by their arrival: of each pair, " +
          "the change that arrives last counts. So a duplicate or a late callback that arrives after a " +
          "younger one is the newer one.\n" +
          "The truth is kept in the order in which the callbacks reach the Worker. That order is certain: a " +
          "callback is sent only when every earlier callback with the same pair was answered. All others " +
          "overlap.\n" +
          "Some pairs then end otherwise than they happened. Their number is printed. Only a comparison " +
          "with Tencent's own lists can find them.\n" +
          "A callback without an OK leaves its pairs unsure. They are counted, and not compared.",
        "How the table is read":
          "By the read API, where API_TOKEN is set in the environment. Otherwise, or with --remote, wrangler " +
          "reads D1.\n" +
          "On this machine the queue is in memory. A restart of the server loses what is on it. The server " +
          "restarts whenever a file of the project changes.",
        "What it leaves behind":
          "The rows of its users. The command that removes them from every table is printed at the end.",
      },
      examples: {
        "npm run simulate -- traffic --users 50 --events 500": "a small life, in seconds",
        "npm run simulate -- traffic --duplicates 20% --reorder 20% --seed 11": "a disorderly one",
      },
    },
  ).action(traffic);
}

async function traffic(options: TrafficCommandOptions): Promise<void> {
  const { url, users, events, rate, concurrency, seed, json } = options;
  const target = targetOf(options);
  const apiToken = options.remote ? "" : (process.env.API_TOKEN ?? "");
  if (!isLocal(url) && !options.remote && apiToken === "") {
    throw new UsageError(
      "to compare with the table of a deployment, the table must be read",
      "set API_TOKEN in the environment or give --remote",
    );
  }
  await mustAnswer(target);
  const prefix = options.prefix ?? `sim${Math.floor(Date.now() / 1000).toString(36)}`;
  const storage = { ...options, remote: options.remote || !isLocal(url) };
  const read = () =>
    apiToken === ""
      ? readTable(wranglerDatabase(storage), prefix)
      : readApi(url, apiToken, people(prefix, users));
  if ((await read()).length > 0) {
    throw new UsageError(
      `the table has users that start with ${prefix} already`,
      "give another --prefix, or none: then it is new for each run",
    );
  }
  say(`${events} events of ${users} users ${prefix}…, seed ${seed}, to ${url}`);

  const removal =
    `npx wrangler d1 execute DB ${shellCommand(storageFlags(storage))} ` +
    `--command "${removalOf(prefix)}"`;
  const figures: Figures = { sent: 0, ok: 0, blocked: 0, failed: 0, durationsMs: [] };
  let progress: ReturnType<typeof showProgress> | undefined;
  let elapsedMs = 0;
  const result = await playTraffic({
    plan: {
      users,
      events,
      duplicatesPercent: options.duplicates,
      reorderPercent: options.reorder,
      seed,
      prefix,
    },
    target,
    rate,
    concurrency,
    readTable: read,
    patienceMs: options.patience * 1000,
    figures,
    onPlanned: (steps) => {
      progress = showProgress(steps, figures);
    },
    onStep: () => progress?.step(),
    onSent: (sentMs) => {
      progress?.stop();
      elapsedMs = sentMs;
      say("everything is sent; waiting for the table");
    },
  }).catch((error) => {
    progress?.stop();
    if (!interrupted.aborted || figures.ok === 0) throw error;
    throw new ToolError("interrupted", `to remove what was sent: ${removal}`, EXIT.interrupted);
  });

  const report = { figures, elapsedMs, result, removal: figures.ok > 0 ? removal : undefined };
  if (json) printJson(reportJson(report));
  else console.log(reportText(report));
  if (figures.failed > 0 || sizeOf(result.difference) > 0) process.exitCode = EXIT.no;
}

/** Where nobody answers, or nobody who takes these callbacks, all of them would fail alike. */
async function mustAnswer(target: Target): Promise<void> {
  const { received } = await sendCallback(target, undefined, "");
  interrupted.throwIfAborted();
  if (!received.ok) {
    const todo = "start it (npm start), or check --url";
    throw new ToolError(`${target.url} does not answer: ${received.error}`, todo);
  }
  if (received.status >= 400 && received.status < 500) {
    throw new ToolError(
      `${target.url} refuses callbacks with HTTP ${received.status}`,
      whatToCheck(received.status) ?? "",
    );
  }
}
