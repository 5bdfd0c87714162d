import { Command, Option } from "commander";
import { taken, whole } from "../lib/arguments.ts";
import { wranglerDatabases } from "../lib/databases.ts";
import { withHelp } from "../lib/help.ts";
import { shellCommand } from "../lib/shell.ts";
import { databaseFlags, type Storage, withStorage } from "../lib/storage.ts";
import { isLocal, type TargetOptions, targetOf, withTarget } from "../lib/target.ts";
import { EXIT, interrupted, printJson, say, ToolError, UsageError, withJson } from "../lib/tool.ts";
import type { TrueList } from "../tencent/lists.ts";
import { whatToCheck } from "../tencent/refusal.ts";
import { sendCallback, type Target } from "../tencent/send.ts";
import { isPrefix, PREFIX_RULE, people } from "./people.ts";
import { type Figures, showProgress } from "./progress.ts";
import { readApi } from "./read-api.ts";
import { configuredRecordMode } from "./record-mode.ts";
import { reportJson, reportText } from "./report.ts";
import { isEmpty } from "./stored.ts";
import { readTables, removalOf } from "./table.ts";
import { differencesIn, playTraffic } from "./traffic.ts";
import { TRAFFIC_HELP } from "./traffic-help.ts";
import { writeTruth } from "./truth-file.ts";

type TrafficCommandOptions = TargetOptions &
  Storage & {
    users: number;
    events: number;
    spammers: number;
    spam: number;
    rate: number;
    concurrency: number;
    duplicates: number;
    reorder: number;
    lost: number;
    imported: number;
    truth?: string;
    seed: number;
    prefix?: string;
    patience: number;
    json?: true;
  };

/** The record is read from a little before the start: the deployment's clock is another one. */
const CLOCKS_DIFFER_MS = 600_000;

const percent = taken((text) => {
  const value = Number(text.replace(/%$/, ""));
  return /^\d+(?:\.\d+)?%?$/.test(text) && value <= 100 ? value : undefined;
}, "a percentage from 0% to 100%");

export function trafficCommand(): Command {
  const command = withTarget(new Command("traffic"))
    .summary("the life of a social graph, then the tables against the truth")
    .description(
      "Plays the life of a social graph: users ask each other and answer, users and admins add and delete " +
        "friends, in one direction or in both, and users blacklist each other. Then it waits until the " +
        "tables stop changing, and compares them with the truth: friends, blacklists, and the record of " +
        "requests and responses.",
    )
    .option("--users <n>", "how many users there are", whole(2, 100_000), 1_000)
    .option("--events <n>", "how many things happen", whole(1, 10_000_000), 20_000)
    .option("--spammers <n>", "more users, each of whom asks many others", whole(0, 10_000), 0)
    .option("--spam <n>", "how many others each spammer asks", whole(1, 100_000), 300)
    .option("--rate <n>", "events a second", whole(1, 100_000), 200)
    .option("--concurrency <n>", "events under way at once", whole(1, 10_000), 16)
    .option("--duplicates <percent>", "changes that are told twice", percent, 5)
    .option("--reorder <percent>", "events that arrive behind younger ones", percent, 10)
    .option("--lost <percent>", "changes that are never told", percent, 0)
    .option("--imported <n>", "friends that REST adds, untold", whole(0, 1_000_000), 0)
    .option("--truth <file>", "keep Tencent's friend lists for `simulate rest`")
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
    TRAFFIC_HELP,
  ).action(traffic);
}

async function traffic(options: TrafficCommandOptions): Promise<void> {
  const { url, users, events, spammers, spam, rate, concurrency, seed, json } = options;
  const target = targetOf(options);
  const apiToken = options.remote ? "" : (process.env.API_TOKEN ?? "");
  if (!isLocal(url) && !options.remote && apiToken === "") {
    throw new UsageError(
      "to compare with the tables of a deployment, they must be read",
      "set API_TOKEN in the environment or give --remote",
    );
  }
  await mustAnswer(target);
  const prefix = options.prefix ?? `sim${Math.floor(Date.now() / 1000).toString(36)}`;
  const storage = { ...options, remote: options.remote || !isLocal(url) };
  const databases = wranglerDatabases(storage);
  const recordMode = configuredRecordMode(storage);
  const sinceMs = Date.now() - CLOCKS_DIFFER_MS;
  const read = () =>
    apiToken === ""
      ? readTables(databases, prefix, sinceMs)
      : readApi({ url, token: apiToken }, people(prefix, users + spammers), sinceMs);
  if (!isEmpty(await read())) {
    throw new UsageError(
      `the tables have users that start with ${prefix} already`,
      "give another --prefix, or none: then it is new for each run",
    );
  }
  const besides = spammers === 0 ? "" : ` and ${spammers} spammers who ask ${spam} each`;
  say(`${events} events of ${users} users ${prefix}…${besides}, seed ${seed}, to ${url}`);

  const flags = shellCommand(databaseFlags(storage));
  const removal = databases.all
    .map(({ name }) => `npx wrangler d1 execute ${name} ${flags} --command "${removalOf(prefix)}"`)
    .join(" && ");
  const figures: Figures = { sent: 0, ok: 0, blocked: 0, failed: 0, durationsMs: [] };
  let progress: ReturnType<typeof showProgress> | undefined;
  let elapsedMs = 0;
  const result = await playTraffic({
    plan: {
      users,
      events,
      spammers,
      requestsEach: spam,
      duplicatesPercent: options.duplicates,
      reorderPercent: options.reorder,
      seed,
      prefix,
    },
    target,
    rate,
    concurrency,
    readTables: read,
    recordMode,
    ...unheardOf(options),
    patienceMs: options.patience * 1000,
    figures,
    onPlanned: (steps) => {
      progress = showProgress(steps, figures);
    },
    onStep: () => progress?.step(),
    onSent: (sentMs) => {
      progress?.stop();
      elapsedMs = sentMs;
      say("everything is sent; waiting for the tables");
    },
  }).catch((error) => {
    progress?.stop();
    if (!interrupted.aborted || figures.ok === 0) throw error;
    throw new ToolError("interrupted", `to remove what was sent: ${removal}`, EXIT.interrupted);
  });

  const report = {
    ...{ figures, elapsedMs, result, recordMode },
    removal: figures.ok > 0 ? removal : undefined,
  };
  if (json) printJson(reportJson(report));
  else console.log(reportText(report));
  if (figures.failed > 0 || differencesIn(result) > 0) process.exitCode = EXIT.no;
}

/** What happens without a callback. It is nothing, unless the options ask for it or for the truth. */
function unheardOf({ lost, imported, truth, seed }: TrafficCommandOptions) {
  if (lost === 0 && imported === 0 && truth === undefined) return {};
  const onTruth = (lists: TrueList[]) => {
    if (truth !== undefined) writeTruth(truth, lists);
  };
  return { unheard: { lostPercent: lost, imported, seed, onTruth } };
}

/** If nobody answers, or nobody accepts these callbacks, all of them would fail alike. */
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
