import { Command } from "commander";
import type { Storage } from "../../lib/storage.ts";
import { errorText } from "../../lib/terminal.ts";
import { bulkFile } from "../bulk-file.ts";
import { CELLS_HELP } from "../cell.ts";
import { COLUMNS } from "../csv-row.ts";
import type { Entry, Located } from "../entry.ts";
import { PUT_MAX_ENTRIES, putEntries } from "../kv.ts";
import { progress } from "../progress.ts";
import { readRules } from "../rules-file.ts";
import { fail, isDataAlone, report, rulesCount, wrote } from "../say.ts";

const COLUMNS_HELP = `
Columns of a CSV file: ${COLUMNS.join(",")}
Each row needs kind and id; a pair needs from and to in place of id. Lists have | between their items.
${CELLS_HELP}
`;

export function convertCommand(): Command {
  return new Command("convert")
    .description("turns a CSV file into one for `wrangler kv bulk put`, on stdout")
    .argument("<file>", "its first line names the columns")
    .addHelpText(
      "after",
      `${COLUMNS_HELP}
Example:
  npm run --silent blocklist -- convert bans.csv > bans.json
  npx wrangler kv bulk put bans.json --binding BLOCKLIST --remote`,
    )
    .action(convert);
}

export function importCommand(): Command {
  return new Command("import")
    .description("checks a .csv or a bulk .json file as a whole, then stores its rules")
    .argument("<file>")
    .addHelpText(
      "after",
      `${COLUMNS_HELP}
If a line is wrong, nothing is stored. The rules are stored in steps of ${PUT_MAX_ENTRIES}. If wrangler fails at a
step, the steps before it stay, and import says which rules are stored. Then run it again.

Example:
  npm run blocklist -- import bans.csv --remote`,
    )
    .action(importRules);
}

function convert(file: string) {
  if (!isDataAlone(process.env, process.stdout.isTTY)) return;
  const { entries, problems } = readRules(file);
  if (problems.length > 0) return report(file, problems, console.error);
  process.stdout.write(bulkFile(entries.map(({ line: _, ...entry }) => entry)));
}

async function importRules(file: string, _options: object, command: Command) {
  const storage: Storage = command.optsWithGlobals();
  const { entries, problems } = readRules(file);
  if (problems.length > 0) {
    report(file, problems, console.error);
    return fail("Nothing was stored.");
  }
  const shown = progress("Stored", entries.length);
  let stored = 0;
  try {
    await putEntries(
      storage,
      entries.map(({ line: _, ...entry }) => entry),
      (done) => {
        stored = done;
        shown.update(done);
      },
    );
  } catch (error) {
    return fail(`${errorText(error)}\n${partlyStored(entries, stored)}`);
  } finally {
    shown.stop();
  }
  wrote(`Stored ${rulesCount(entries)}`, storage);
}

/** What is there after a step has failed. wrangler may have stored a part of that step. */
function partlyStored(entries: readonly Located<Entry>[], stored: number): string {
  const unsure = Math.min(PUT_MAX_ENTRIES, entries.length - stored);
  const lineOf = (index: number) => entries[index]?.line;
  const upTo = stored === 0 ? "" : `, up to line ${lineOf(stored - 1)}`;
  return [
    `Stored: ${stored} of ${rulesCount(entries)}${upTo}.`,
    `Perhaps stored: the next ${unsure}, lines ${lineOf(stored)} to ${lineOf(stored + unsure - 1)}.`,
    `Not stored: the last ${entries.length - stored - unsure}.`,
    "Run the same command again: it stores all of them, and those that are there stay as they are.",
  ].join("\n");
}
