import { type StoredDeadLetter, settleDeadLetters } from "../../src/db/dead-letters.ts";
import { type RedriveOutcome, redrive } from "../../src/db/redrive.ts";
import { RETENTION_DEFAULT_DAYS } from "../../src/limits.ts";
import { shown } from "../../src/spreadsheet/written.ts";
import { parseWhole } from "../lib/arguments.ts";
import { readConfig } from "../lib/config.ts";
import { wranglerDatabases } from "../lib/databases.ts";
import { DAY_MS } from "../lib/dates.ts";
import type { Storage } from "../lib/storage.ts";
import { apiTokenFor, localUrl } from "../lib/target.ts";
import { EXIT, printJson, say } from "../lib/tool.ts";
import { type CallbackOutcome, redriveCallbacks } from "./redrive-callbacks.ts";
import { pagesOf, type Range, reportUnknown, selectionOf } from "./selection.ts";

const NONE_WAITS = "there is none that waits under this id";

export type SettleOptions = Storage & Range & { all?: true; json?: true };
export type RedriveOptions = SettleOptions & {
  tombstoneDays?: number;
  checked?: true;
  url?: string;
};

export async function redriveSome(ids: string[], options: RedriveOptions): Promise<void> {
  const databases = wranglerDatabases(options);
  const nowMs = Date.now();
  const tombstoneDays = options.tombstoneDays ?? configuredTombstoneDays(options);
  const oldestMs = nowMs - tombstoneDays * DAY_MS;
  const limits = { nowMs, oldestMs, isChecked: options.checked === true };
  const found: StoredDeadLetter[] = [];
  const outcomes = new Map<string, Outcome>();
  const callbacks: string[] = [];
  for await (const letters of pagesOf(databases.records.db, selectionOf(ids, options))) {
    found.push(...letters);
    for (const [id, outcome] of await redrive(databases, letters, limits)) {
      if (outcome === "callback") callbacks.push(id);
      else outcomes.set(id, outcome);
    }
  }
  const { problem, ...passed } = await redriveCallbacks(callbacks, workerOf(options));
  for (const [id, outcome] of passed.outcomes) outcomes.set(id, outcome);
  const left = [...outcomes].filter(([, outcome]) => outcome !== "redriven");
  const redriven = outcomes.size - left.length;
  if (options.json) {
    printJson({ redriven, left: left.map(([id, reason]) => ({ id, reason })) });
  } else {
    console.log(`${redriven} redriven, ${left.length} left waiting`);
    for (const [id, outcome] of left) {
      console.log(shown(`${id}: ${whyLeft(outcome, tombstoneDays)}`));
    }
  }
  reportUnknown(ids, found, NONE_WAITS);
  if (left.length > 0) process.exitCode = EXIT.no;
  if (problem === undefined) return;
  say(problem.message, problem.todo);
  process.exitCode = EXIT.unreachable;
}

type Outcome = Exclude<RedriveOutcome, "callback"> | CallbackOutcome;

/**
 * The Worker to ask about callbacks. Local storage belongs to `npm start`. For a deployment, the URL must be
 * given.
 */
function workerOf({ remote, url = remote ? undefined : localUrl() }: RedriveOptions) {
  return { url, apiToken: url === undefined ? undefined : apiTokenFor(url) };
}

export async function discard(ids: string[], options: SettleOptions): Promise<void> {
  const { db } = wranglerDatabases(options).records;
  const found: StoredDeadLetter[] = [];
  for await (const letters of pagesOf(db, selectionOf(ids, options))) {
    const some = letters.map(({ id }) => id);
    await settleDeadLetters(db, some, "discarded", Date.now());
    found.push(...letters);
  }
  if (options.json) printJson({ discarded: found.length });
  else console.log(`${found.length} discarded`);
  reportUnknown(ids, found, NONE_WAITS);
}

function whyLeft(outcome: Outcome, tombstoneDays: number): string {
  switch (outcome) {
    case "too-old":
      return (
        `older than the ${tombstoneDays} days that tombstones are kept, and it adds a pair that has no ` +
        "row: if Tencent's own list has the pair, redrive it with --checked, else discard it"
      );
    case "unknown":
      return "of a type or version that this friendgate does not know: redrive it with one that does";
    case "refused-by-table":
      return "the table refuses it still: see what it holds with `show`";
    case "malformed":
      return "no message of friendgate's: discard it";
    case "url-missing":
      return "a callback, which only the Worker can put on its queue: give the Worker's --url";
    case "api-token-missing":
      return "a callback, and the Worker wants the API token: set API_TOKEN in the environment";
    case "not-there":
      return "the Worker at --url has no such callback that waits: see whether it is the right one";
    case "not-redriven":
      return "a callback, and the Worker was not asked or did not do it";
    case "redriven":
      return "redriven";
  }
}

/** What the deployment has as TOMBSTONE_DAYS. */
function configuredTombstoneDays({ env }: Storage): number {
  const { vars } = readConfig(env);
  const days = parseWhole(String(vars.TOMBSTONE_DAYS), 1, Number.MAX_SAFE_INTEGER);
  return days ?? RETENTION_DEFAULT_DAYS;
}
