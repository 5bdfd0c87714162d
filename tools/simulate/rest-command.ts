import { once } from "node:events";
import { statSync } from "node:fs";
import { Command, Option } from "commander";
import { shown } from "../../src/spreadsheet/written.ts";
import { taken, whole } from "../lib/arguments.ts";
import { withHelp } from "../lib/help.ts";
import { localVars } from "../lib/local-vars.ts";
import { interrupted, say, ToolError } from "../lib/tool.ts";
import { listsOf } from "../tencent/lists.ts";
import { PLAYED_SECRET_KEY, type PlayedApp } from "../tencent/rest.ts";
import { type RestServer, type SeenCall, startRest } from "../tencent/rest-server.ts";
import { parseRestFault, type RestFault, restFates } from "./rest-fates.ts";
import { readTruth } from "./truth-file.ts";

type RestCommandOptions = {
  truth: string;
  port: number;
  page: number;
  latency: number;
  limit: number;
  fail: RestFault[];
  hang: number;
  change: number;
  seed: number;
  appId?: string;
  admin: string;
};

/** Tencent's own limits. */
const CALLS_PER_SECOND = 200;
const PAGE_FRIENDS = 500;

const rate = taken(
  (text) => (/^(?:0|1|0?\.\d+|1\.0+)$/.test(text) ? Number(text) : undefined),
  "a number from 0 to 1",
);
const fault = taken(
  parseRestFault,
  "a code or an HTTP status, and the part of the calls that get it: 60008:0.1",
);

export function restCommand(): Command {
  const command = new Command("rest")
    .summary("Tencent's REST API, from which `npm run reconcile` reads lists")
    .description(
      "Starts a Tencent on this machine whose REST API has one command, sns/friend_get. It answers from a " +
        "file of friend lists, and checks UserSig, SDKAppID and administrator as Tencent does. A line for " +
        "each call says how it was answered. Ctrl-C ends it.",
    )
    .requiredOption("--truth <file>", "the friend lists: what traffic --truth keeps")
    .option("--port <n>", "where it listens; 0: at any free port", whole(0, 65_535), 8_789)
    .option("--page <n>", "friends a page", whole(1, PAGE_FRIENDS), PAGE_FRIENDS)
    .option("--latency <ms>", "how long each answer takes", whole(0, 600_000), 0)
    .option("--limit <n>", "calls a second that it takes", whole(1, 100_000), CALLS_PER_SECOND)
    .addOption(
      new Option("--fail <code:rate>", "how many calls get a code or an HTTP status; repeatable")
        .default([], "none")
        .argParser((text, before: RestFault[] = []) => [...before, fault(text)]),
    )
    .addOption(
      new Option("--hang <rate>", "how many never get an answer")
        .default(0, "none")
        .argParser(rate),
    )
    .addOption(
      new Option("--change <rate>", "before how many answers the list changes")
        .default(0, "none")
        .argParser(rate),
    )
    .option("--seed <n>", "the same seed has the same ones fail", whole(0, 2 ** 31 - 1), 7)
    .addOption(new Option("--app-id <digits>", "the SDKAppID").env("SDK_APP_ID"))
    .option("--admin <account>", "the administrator of the app", "administrator");
  return withHelp(command, {
    sections: {
      "The file":
        'A line for each user: {"userId":"alice","friends":[{"friendId":"bob","addedAt":1700000000000}]}. ' +
        "It is read again whenever it has changed. Tencent does not know a user who has no line.",
      "The key":
        "TENCENT_SECRET_KEY in the environment. Without it, the key is a public one, which `npm run " +
        "reconcile` takes for a Tencent on this machine.",
    },
    examples: {
      "npm run simulate -- rest --truth truth.jsonl": "one without faults",
      "npm run simulate -- rest --truth truth.jsonl --fail 60008:0.1 --fail 502:0.05 --limit 30":
        "one that often fails",
      "npm run simulate -- rest --truth truth.jsonl --fail 60021":
        "one that does not know your address",
    },
  }).action(play);
}

async function play(options: RestCommandOptions): Promise<void> {
  const rest = await started(options);
  say(
    `Tencent's REST API is played at ${rest.url}`,
    `in another terminal: npm run reconcile -- --tencent ${rest.url} --known`,
  );
  if (!interrupted.aborted) await once(interrupted, "abort");
  await rest.stop();
}

async function started(options: RestCommandOptions): Promise<RestServer> {
  const { truth, port, page, latency: latencyMs, limit: callsPerSecond, hang, change } = options;
  const app = {
    appId: Number(options.appId ?? localVars().SDK_APP_ID),
    key: process.env.TENCENT_SECRET_KEY || PLAYED_SECRET_KEY,
    administrators: [options.admin],
    pageSize: page,
  };
  const faults: RestFault[] = [
    { rate: hang, fate: { fault: "hang" } },
    ...options.fail,
    { rate: change, fate: { fault: "none", changes: true } },
  ];
  const fate = restFates(faults, options.seed);
  const lists = following(truth);
  lists();
  try {
    const server = { port, latencyMs, callsPerSecond, fate };
    const played = (): PlayedApp => ({ ...app, lists: lists() });
    return await startRest({ ...server, app: played }, (seen) => console.log(shown(lineOf(seen))));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
    if (code === undefined) throw error;
    throw new ToolError(`cannot listen at port ${port}: ${code}`, "give another --port");
  }
}

/** The lists of a file as it is now. If the file changes, every list gets another sequence. */
function following(file: string): () => PlayedApp["lists"] {
  let sequence = 0;
  let changedMs = 0;
  let lists: PlayedApp["lists"] | undefined;
  return () => {
    const { mtimeMs } = statSync(file);
    if (lists === undefined || mtimeMs !== changedMs) {
      sequence += 1_000;
      lists = listsOf(readTruth(file), sequence);
      changedMs = mtimeMs;
    }
    return lists;
  };
}

function lineOf({ path, answer }: SeenCall): string {
  if (answer === "none") return `${path}  no answer`;
  return `${path}  ${"code" in answer ? `code ${answer.code}` : `HTTP ${answer.status}`}`;
}
