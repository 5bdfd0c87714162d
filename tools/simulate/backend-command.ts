import { once } from "node:events";
import { Command, Option } from "commander";
import { shown } from "../../src/spreadsheet/written.ts";
import { loggable } from "../../src/tencent/commands.ts";
import { taken, whole } from "../lib/arguments.ts";
import { withHelp } from "../lib/help.ts";
import { localVars } from "../lib/local-vars.ts";
import { interrupted, say, ToolError } from "../lib/tool.ts";
import { type Backend, type BackendOptions, type Seen, startBackend } from "./backend.ts";
import type { Faults } from "./fates.ts";
import { jsonIn } from "./json-in.ts";

type BackendCommandOptions = {
  port: number;
  latency: number;
  fail: Faults["fail"];
  hang: number;
  answer?: string;
  seed: number;
};

/** The status of a failure, where none is given. */
const FAILURE_STATUS = 500;

const rate = taken(rateIn, "a number from 0 to 1");
const rateOrStatus = taken((text): Faults["fail"] | undefined => {
  const share = rateIn(text);
  if (share !== undefined) return { rate: share, status: FAILURE_STATUS };
  return /^[3-5]\d\d$/.test(text) ? { rate: 1, status: Number(text) } : undefined;
}, "a number from 0 to 1, or a status from 300 to 599");

export function backendCommand(): Command {
  const command = new Command("backend")
    .summary("the app's own backend, to which the other callbacks go")
    .description(
      "Starts a backend on this machine, for BACKEND_URL. It answers signed callbacks, and prints a line for " +
        "each: the command, the attempt, when Tencent sent it, and the answer. Ctrl-C ends it.",
    )
    .option("--port <n>", "where it listens; 0: at any free port", whole(0, 65_535), 8_788)
    .option("--latency <ms>", "how long each answer takes", whole(0, 600_000), 0)
    .addOption(
      new Option("--fail <rate or status>", "how many of them get a 500, or what all of them get")
        .default({ rate: 0, status: FAILURE_STATUS }, "none")
        .argParser(rateOrStatus),
    )
    .addOption(
      new Option("--hang <rate>", "how many of them never get an answer")
        .default(0, "none")
        .argParser(rate),
    )
    .option("--answer <json or file>", "what it answers; else OK, and every item passes")
    .option("--seed <n>", "the same seed has the same ones fail", whole(0, 2 ** 31 - 1), 7);
  return withHelp(command, {
    sections: {
      "Which callbacks it takes":
        "Those that are signed with the token, within the last minute, as friendgate itself takes them. All " +
        "others get 401. The token comes from CALLBACK_TOKEN in the environment, else from .dev.vars, else " +
        "it is that of `npm start`.",
    },
    examples: {
      "npm run simulate -- backend": "one that takes everything",
      "npm run simulate -- backend --fail 0.3 --hang 0.1 --latency 200": "one that often fails",
      "npm run simulate -- backend --fail 503": "one that is down",
      "npm run simulate -- backend --answer refusal.json": "one that answers what is in a file",
    },
  }).action(play);
}

async function play(options: BackendCommandOptions): Promise<void> {
  const backend = await started(options);
  say(
    `a backend listens at ${backend.url}`,
    `for npm start: put BACKEND_URL=${backend.url} into .dev.vars, and start it again`,
  );
  if (!interrupted.aborted) await once(interrupted, "abort");
  await backend.stop();
}

async function started({
  port,
  latency: latencyMs,
  fail,
  hang: hangRate,
  answer,
  seed,
}: BackendCommandOptions): Promise<Backend> {
  const options: BackendOptions = {
    port,
    latencyMs,
    faults: { fail, hangRate },
    seed,
    answer: answer === undefined ? undefined : jsonIn(answer),
    token: process.env.CALLBACK_TOKEN || localVars().CALLBACK_TOKEN || "",
  };
  try {
    return await startBackend(options, (seen) => console.log(shown(lineOf(seen))));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
    if (code === undefined) throw error;
    throw new ToolError(`cannot listen at port ${port}: ${code}`, "give another --port");
  }
}

/** A callback in one line, without its body and its Sign. */
function lineOf({ command, attempt, requestTime, answer, refused }: Seen): string {
  const seconds = Number(requestTime);
  const atMs = seconds * 1_000;
  return [
    (loggable(command) ?? "no command").padEnd(32),
    attempt === undefined ? "not by friendgate" : `attempt ${attempt}`,
    requestTime === undefined || Number.isNaN(new Date(atMs).getTime())
      ? "no RequestTime"
      : `RequestTime ${seconds} (${new Date(atMs).toISOString()})`,
    answer === "none" ? "no answer" : `${answer}${refused === undefined ? "" : ` ${refused}`}`,
  ].join("  ");
}

function rateIn(text: string): number | undefined {
  return /^(?:0|1|0?\.\d+|1\.0+)$/.test(text) ? Number(text) : undefined;
}
