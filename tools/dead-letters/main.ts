/**
 * `npm run dead-letters`: what could not be applied, and what is to become of it. It runs the
 * functions of src/ through `wrangler d1 execute`, on local storage unless `--remote` is given.
 */
import Table from "cli-table3";
import { Command, InvalidArgumentError, Option } from "commander";
import {
  type DeadLetterSelection,
  type StoredDeadLetter,
  selectDeadLetters,
  settleDeadLetters,
} from "../../src/friends/dead-letters.ts";
import { parseEvent } from "../../src/friends/event.ts";
import { msOf } from "../../src/friends/order-key.ts";
import { type RedriveOutcome, redrive } from "../../src/friends/redrive.ts";
import { RETENTION_DEFAULT_DAYS } from "../../src/limits.ts";
import { D1Error, wranglerDatabase } from "../lib/d1.ts";
import { root } from "../lib/wrangler.ts";

const DAY_MS = 24 * 3_600 * 1_000;
const UNIT_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: DAY_MS };
const NONE_WAITS = "there is none that waits under this id";
/** A body has up to 128 KB, and a page of them comes as one answer. */
const PAGE_ROWS = 100;

type TargetOptions = { remote: boolean; persistTo?: string };
type RangeOptions = { since?: number; until?: number };
type ListOptions = TargetOptions &
  RangeOptions & { status: StoredDeadLetter["status"] | "any"; limit: number };
type SettleOptions = TargetOptions & RangeOptions & { all: boolean };
type RedriveOptions = SettleOptions & { tombstoneDays?: number };

const program = new Command("npm run dead-letters --")
  .description(
    "A dead letter is a message that is not in the friends table: the queue gave it up " +
      "(exhausted), the table refused it (refused-by-table), or it is no message of ours " +
      "(malformed). It waits until you redrive or discard it.",
  )
  .addHelpText(
    "after",
    `
What to do with them:
  $ npm run dead-letters -- list --remote             what waits, and why
  $ npm run dead-letters -- show 5f2e… --remote       one of them, with its accounts
  $ npm run dead-letters -- redrive --all --remote    apply all, once the cause is mended
  $ npm run dead-letters -- discard 5f2e… --remote    give one up

Without --remote each works on the local storage of \`npm start\`.`,
  );

const times = "a date (2026-11-20, 2026-11-20T07:30Z) or an age (90m, 12h, 3d)";
const since = ["--since <time>", `stored at or after: ${times}`, timeOf] as const;
const until = ["--until <time>", "stored before, in the same forms", timeOf] as const;

function command(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option("--remote", "the deployed database, not the local one", false)
    .option("--persist-to <folder>", "the folder of the local storage, as wrangler has it");
}

command("list", "Lists dead letters, without accounts, the first stored first.")
  .option(...since)
  .option(...until)
  .addOption(
    new Option("--status <status>", "only these")
      .choices(["waiting", "redriven", "discarded", "any"])
      .default("waiting"),
  )
  .option("--limit <rows>", "no more than so many", countOf, 50)
  .action(list);

command("show", "Shows dead letters whole, as JSON. They hold accounts.")
  .argument("<ids...>", "as `list` prints them")
  .action(show);

command("redrive", "Applies dead letters as the consumer would have, and settles them.")
  .addHelpText(
    "after",
    `
They are applied by the statement of the consumer: none brings back what is older than the newest
row of its pair, so redriving too much or twice does no harm. One that is older than the tombstones
is refused: whether the pair was deleted since, the table no longer knows.`,
  )
  .argument("[ids...]", "as `list` prints them")
  .option(...since)
  .option(...until)
  .option("--all", "every one that waits", false)
  .option(
    "--tombstone-days <days>",
    `how long tombstones are kept (default: TOMBSTONE_DAYS of wrangler.toml, or ${RETENTION_DEFAULT_DAYS})`,
    countOf,
  )
  .action(redriveSome);

command("discard", "Settles dead letters without applying them. They stay readable for a while.")
  .argument("[ids...]", "as `list` prints them")
  .option(...since)
  .option(...until)
  .option("--all", "every one that waits", false)
  .action(discard);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof D1Error)) throw error;
  const hint = error.message.includes("no such table")
    ? "\nThe database has not been set up: npx wrangler d1 migrations apply DB --local (or --remote)"
    : "";
  program.error(`error: ${error.message}${hint}`);
}

async function list(options: ListOptions): Promise<void> {
  const { since: sinceMs, until: untilMs, status, limit } = options;
  const selection = { sinceMs, untilMs, status: status === "any" ? undefined : status };
  const letters = await selectDeadLetters(wranglerDatabase(options), selection, limit + 1);
  const table = new Table({ head: ["id", "stored", "tries", "reason", "holds", "status"] });
  for (const letter of letters.slice(0, limit)) {
    const { id, first_at, attempts, reason, status } = letter;
    table.push([id, isoOf(first_at), attempts, reason, contentOf(letter), status]);
  }
  console.log(letters.length === 0 ? "None." : table.toString());
  if (letters.length > limit) console.log(`More than ${limit}: narrow it, or raise --limit.`);
}

async function show(ids: string[], options: TargetOptions): Promise<void> {
  const letters = await selectDeadLetters(wranglerDatabase(options), { ids }, ids.length);
  for (const { body, first_at, last_at, settled_at, ...letter } of letters) {
    const times = {
      first_at: isoOf(first_at),
      last_at: isoOf(last_at),
      settled_at: settled_at === null ? null : isoOf(settled_at),
    };
    console.log(JSON.stringify({ ...letter, ...times, body: JSON.parse(body) }, null, 2));
  }
  reportUnknown(ids, letters, "there is none under this id");
}

async function redriveSome(ids: string[], options: RedriveOptions): Promise<void> {
  const db = wranglerDatabase(options);
  const nowMs = Date.now();
  const tombstoneDays = options.tombstoneDays ?? (await tombstoneDaysOfWrangler());
  const limits = { nowMs, oldestMs: nowMs - tombstoneDays * DAY_MS };
  const found: StoredDeadLetter[] = [];
  const outcomes = new Map<string, RedriveOutcome>();
  for await (const letters of pagesOf(db, selectionOf(ids, options))) {
    found.push(...letters);
    for (const [id, outcome] of await redrive(db, letters, limits)) outcomes.set(id, outcome);
  }
  const left = [...outcomes].filter(([, outcome]) => outcome !== "redriven");
  console.log(`${outcomes.size - left.length} redriven, ${left.length} left waiting`);
  for (const [id, outcome] of left) console.log(`${id}: ${whyLeft(outcome, tombstoneDays)}`);
  reportUnknown(ids, found, NONE_WAITS);
  if (left.length > 0) process.exitCode = 1;
}

async function discard(ids: string[], options: SettleOptions): Promise<void> {
  const db = wranglerDatabase(options);
  const found: StoredDeadLetter[] = [];
  for await (const letters of pagesOf(db, selectionOf(ids, options))) {
    const some = letters.map(({ id }) => id);
    await settleDeadLetters(db, some, "discarded", Date.now());
    found.push(...letters);
  }
  console.log(`${found.length} discarded`);
  reportUnknown(ids, found, NONE_WAITS);
}

/** Nothing is settled by leaving out which. */
function selectionOf(ids: string[], { since, until, all }: SettleOptions): DeadLetterSelection {
  const ways = [ids.length > 0, since !== undefined || until !== undefined, all];
  if (ways.filter(Boolean).length !== 1) {
    program.error("error: say which, in one way: ids, a time range (--since, --until), or --all");
  }
  return {
    ids: ids.length > 0 ? ids : undefined,
    sinceMs: since,
    untilMs: until,
    status: "waiting",
  };
}

/** What waits, page by page; what is left waiting does not come again. */
async function* pagesOf(db: D1Database, selection: DeadLetterSelection) {
  let page = await selectDeadLetters(db, selection, PAGE_ROWS);
  while (page.length > 0) {
    yield page;
    page =
      page.length < PAGE_ROWS ? [] : await selectDeadLetters(db, selection, PAGE_ROWS, page.at(-1));
  }
}

function reportUnknown(
  ids: readonly string[],
  found: readonly StoredDeadLetter[],
  problem: string,
): void {
  for (const id of ids) {
    if (found.some((letter) => letter.id === id)) continue;
    console.error(`${id}: ${problem}`);
    process.exitCode = 1;
  }
}

/** What an operator wants to know of a body, without its accounts. */
function contentOf({ body }: StoredDeadLetter): string {
  const parsed = parseEvent(JSON.parse(body));
  if (!parsed.ok) return parsed.reason;
  const { event } = parsed;
  if (event.type === "responses-decided") {
    return `${event.type}, ${counted(event.responses.length, "response")}, ${isoOf(event.at)}`;
  }
  return `${event.type}, ${counted(event.pairs.length, "pair")}, ${isoOf(msOf(event.version))}`;
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}

function whyLeft(outcome: RedriveOutcome, tombstoneDays: number): string {
  switch (outcome) {
    case "too-old":
      return (
        `older than the ${tombstoneDays} days that tombstones are kept, so it could bring back a ` +
        "friendship that was deleted since: compare with Tencent's own list, then discard it"
      );
    case "unknown-version":
      return "written by another version of friendgate: redrive it with that version's tool";
    case "refused-by-table":
      return "the table refuses it still: see what it holds with `show`";
    case "malformed":
      return "no message of friendgate's: discard it";
    case "redriven":
      return "redriven";
  }
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

function countOf(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError("It is a number from 1.");
  return Number(text);
}

function timeOf(text: string): number {
  const age = /^(\d{1,6})([smhd])$/.exec(text);
  if (age) return Date.now() - Number(age[1]) * (UNIT_MS[age[2] ?? ""] ?? 0);
  const ms = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new InvalidArgumentError(`It is ${times}.`);
  return ms;
}

/** What the deployment has as TOMBSTONE_DAYS. */
async function tombstoneDaysOfWrangler(): Promise<number> {
  // Loaded here, for it takes longer than the other commands.
  const { experimental_readRawConfig } = await import("wrangler");
  const { rawConfig } = experimental_readRawConfig({ config: `${root}/wrangler.toml` });
  const days = Number(rawConfig.vars?.TOMBSTONE_DAYS);
  return Number.isInteger(days) && days > 0 ? days : RETENTION_DEFAULT_DAYS;
}
