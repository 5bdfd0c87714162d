import { createInterface } from "node:readline/promises";
import { readConfig } from "../lib/config.ts";
import { stateFileFor } from "../lib/state-file.ts";
import { apiTokenOf, localUrl } from "../lib/target.ts";
import { EXIT, interrupted, printJson, say, ToolError, UsageError } from "../lib/tool.ts";
import { barOf } from "./bar.ts";
import { copy } from "./copy.ts";
import { createDeployment, type Deployment } from "./deployment.ts";
import { check, type Found, move, total } from "./move.ts";
import { stepsAfterCopy, stepsText, WAY_BACK } from "./next.ts";
import type { Part, Slots } from "./parts.ts";
import {
  checkedJson,
  checkedText,
  copiedJson,
  copiedText,
  movedJson,
  movedText,
  shardsJson,
  shardsText,
  stayedOf,
} from "./report.ts";
import type { Count } from "./walk.ts";

type Options = { url?: string; json?: true };
type CopyOptions = Options & {
  to: string;
  slots: Slots;
  since?: number;
  env?: string;
  state?: string;
};
type MoveOptions = Options & { yes?: true; state?: string };

export async function showShards(options: Options): Promise<void> {
  const { deployment } = deploymentOf(options);
  const { shards } = await deployment.shards();
  if (options.json) printJson(shardsJson(shards));
  else console.log(shardsText(shards));
}

export async function copySlots(options: CopyOptions): Promise<void> {
  const { deployment, url } = deploymentOf(options);
  const { to, slots, since, env, state, json } = options;
  if (since !== undefined && since > Date.now()) {
    throw new UsageError(
      "--since is a time to come: nothing would be copied",
      "give the one that the copy before has printed",
    );
  }
  const plan = { to, slots };
  const stateFile = state ?? stateFileFor("reshard-copy", url);
  let bar = barOf();
  const tell = {
    onOldCopies: () =>
      say(
        `${to} has copies already, of users who are elsewhere`,
        "where they are older than TOMBSTONE_DAYS, stop, and remove them first: npm run reshard -- move",
      ),
    onGoingOn: (pass: number) => say(`going on in pass ${pass}, from ${stateFile}`),
    onPass(pass: number, passed: number | undefined) {
      bar.stop();
      if (pass > 1) say(`pass ${pass}: what has changed meanwhile`);
      bar = barOf(passed);
    },
    onSlice: (part: Part, count: Count) => bar.update(part, count),
  };
  const job = { url, plan, since, stateFile, signal: interrupted };
  const copied = await copy(deployment, job, tell)
    .catch(asInterruption)
    .finally(() => bar.stop());
  const isLastCopy = since !== undefined;
  const steps = stepsAfterCopy(copied, { plan, url, env, isLastCopy, config: readConfig(env) });
  if (json) printJson(copiedJson(copied, plan, steps));
  else console.log(`${copiedText(copied)}\n\n${stepsText(steps)}`);
}

export async function checkPlaces(options: Options): Promise<void> {
  const { deployment } = deploymentOf(options);
  const { shards } = await deployment.shards();
  const bar = barOf();
  const found = await check(deployment, { shards, onSlice: bar.update }).finally(bar.stop);
  if (options.json) printJson(checkedJson(found));
  else console.log(checkedText(found));
  if (total(found).rows > 0) process.exitCode = EXIT.no;
}

export async function moveRows(options: MoveOptions): Promise<void> {
  const { deployment, url } = deploymentOf(options);
  const { yes, state, json } = options;
  const stateFile = state ?? stateFileFor("reshard-move", url);
  if (!yes && !(process.stdin.isTTY && process.stderr.isTTY)) {
    throw new UsageError(
      "nobody is there to ask",
      "see `npm run reshard -- check`, and give --yes",
    );
  }
  let bar = barOf();
  const ask = async (found: Found) => {
    bar.stop();
    return mayMove(found);
  };
  const tell = {
    onGoingOn: (rows: number) => say(`going on after ${rows} rows moved, from ${stateFile}`),
    onChecked: (part: Part, count: Count) => bar.update(part, count),
    onBegin(passed: number | undefined) {
      bar = barOf(passed);
    },
    onMoved: (part: Part, count: Count) => bar.update(part, count),
  };
  const job = { url, stateFile, signal: interrupted, ask: yes ? undefined : ask };
  const moved = await move(deployment, job, tell)
    .catch(asInterruption)
    .finally(() => bar.stop());
  if (moved === undefined) return say("nothing is changed");
  if (json) printJson(movedJson(moved));
  else console.log(movedText(moved));
  const all = total(moved);
  if (all.removed > 0) say(WAY_BACK);
  if (stayedOf(all) === 0) return;
  say(
    `${stayedOf(all)} rows stay: they were written meanwhile, or an erasure has still to come to them`,
    "run it again; an erasure takes hours, in full databases days",
  );
  process.exitCode = EXIT.no;
}

function deploymentOf({ url = localUrl() }: Options): { deployment: Deployment; url: string } {
  const token = apiTokenOf(url);
  return { url, deployment: createDeployment({ url, token, signal: interrupted }) };
}

async function mayMove(found: Found): Promise<boolean> {
  const { rows, behind } = total(found);
  console.error(checkedText(found));
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  // The prompt takes Ctrl-C for itself.
  prompt.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    const question = `Bring ${behind} of these rows to where they belong, then remove all ${rows} here? (y/N) `;
    return /^y/i.test(await prompt.question(question, { signal: interrupted }));
  } finally {
    prompt.close();
  }
}

function asInterruption(error: unknown): never {
  if (!interrupted.aborted) throw error;
  throw new ToolError("interrupted", "the same command goes on from there", EXIT.interrupted);
}
