import { Command, Option } from "commander";
import { taken, whole } from "../lib/arguments.ts";
import { wranglerDatabase } from "../lib/d1.ts";
import { shellCommand } from "../lib/shell.ts";
import { type Storage, storageFlags, withStorage } from "../lib/storage.ts";
import { isLocal, type TargetOptions, targetOf, withTarget } from "../lib/target.ts";
import { shownJson } from "../lib/terminal.ts";
import type { Pair } from "../tencent/bodies.ts";
import { type Difference, sizeOf } from "./compare.ts";
import { isPrefix, PREFIX_RULE, people } from "./people.ts";
import { type Figures, figuresText, showProgress } from "./progress.ts";
import { readApi } from "./read-api.ts";
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
  };

const percent = taken((text) => {
  const value = Number(text.replace(/%$/, ""));
  return /^\d+(?:\.\d+)?%?$/.test(text) && value <= 100 ? value : undefined;
}, "a percentage from 0% to 100%");

/** Of each kind of difference, so many pairs are shown. */
const SHOWN_PAIRS = 10;

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
  return withStorage(command, "read the deployment's D1 through wrangler, which must be logged in")
    .addHelpText(
      "after",
      `
What the truth is:
  FriendAdd and FriendDelete carry no time. The Worker orders them by their arrival: of each pair, the
  change that arrives last counts. So a duplicate or a late callback that arrives after a younger one
  is the newer one.
  The truth is kept in the order in which the callbacks reach the Worker. That order is certain: a
  callback is sent only when every earlier callback with the same pair was answered. All others
  overlap.
  Some pairs then end otherwise than they happened. Their number is printed. Only a comparison with
  Tencent's own lists can find them.
  A callback without an OK leaves its pairs unsure. They are counted, and not compared.

What is compared:
  missing  friends by the truth, and not in the table
  extra    in the table, and no callback ever said so
  stale    in the table as an earlier callback said: deleted since, or become friends otherwise

How the table is read:
  By the read API, where API_TOKEN is set in the environment. Otherwise, or with --remote, wrangler
  reads D1.
  On this machine the queue is in memory. A restart of the server loses what is on it. The server
  restarts whenever a file of the project changes.

The rows stay in the table. The command that removes them is printed at the end.

Exit code: 0 when every callback was answered OK and the table is equal to the truth, 1 otherwise.`,
    )
    .action(traffic);
}

async function traffic(options: TrafficCommandOptions): Promise<void> {
  const { url, users, events, rate, concurrency, seed } = options;
  const target = targetOf(options);
  const apiToken = options.remote ? "" : (process.env.API_TOKEN ?? "");
  if (!isLocal(url) && !options.remote && apiToken === "") {
    throw new Error(
      "to compare with the table of a deployment, set API_TOKEN in the environment or give --remote",
    );
  }
  const prefix = options.prefix ?? `sim${Math.floor(Date.now() / 1000).toString(36)}`;
  const storage = { ...options, remote: options.remote || !isLocal(url) };
  const read = () =>
    apiToken === ""
      ? readTable(wranglerDatabase(storage), prefix)
      : readApi(url, apiToken, people(prefix, users));
  if ((await read()).length > 0) {
    throw new Error(`the table has users that start with ${prefix} already: see --prefix`);
  }
  console.log(`${events} events of ${users} users ${prefix}…, seed ${seed}, to ${url}`);

  const figures: Figures = { sent: 0, ok: 0, blocked: 0, failed: 0, durationsMs: [] };
  let progress: ReturnType<typeof showProgress> | undefined;
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
    onSent: (elapsedMs) => {
      progress?.stop();
      console.log(`${figuresText(figures)} | in ${(elapsedMs / 1000).toFixed(1)} s`);
      console.log("waiting for the table");
    },
  });

  console.log(`${figures.blocked} friend responses were refused, and did not add a friend`);
  console.log(`${result.misled} pairs end otherwise than they happened, by the order of arrival`);
  console.log(`${result.friends} friendships by the truth`);
  for (const line of differenceLines(result.difference)) console.log(line);
  console.log(
    `to remove the rows: npx wrangler d1 execute DB ${shellCommand(storageFlags(storage))} ` +
      `--command "${removalOf(prefix)}"`,
  );
  if (figures.failed > 0 || sizeOf(result.difference) > 0) process.exitCode = 1;
}

function differenceLines({ missing, extra, stale, unsure }: Difference): string[] {
  const shown = (name: string, pairs: readonly Pair[]) =>
    pairs.slice(0, SHOWN_PAIRS).map((pair) => `  ${name}: ${shownJson(pair)}`);
  return [
    `missing ${missing.length}, extra ${extra.length}, stale ${stale.length}` +
      (unsure > 0 ? `, not compared ${unsure}` : ""),
    ...shown("missing", missing),
    ...shown("extra", extra),
    ...shown("stale", stale),
  ];
}
