import { Command } from "commander";
import type { Storage } from "../../lib/storage.ts";
import { bulkFile } from "../bulk-file.ts";
import { CELLS_HELP } from "../cell.ts";
import { COLUMNS } from "../csv-file.ts";
import { putEntries } from "../kv.ts";
import { progress } from "../progress.ts";
import { readRules } from "../rules-file.ts";
import { fail, isDataAlone, report, rulesCount, wrote } from "../say.ts";

const COLUMNS_HELP = `
Columns of a CSV file: ${COLUMNS.join(",")}
The kind and the id are needed, or for a pair from and to. Between the items of a list stands |.
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
    .description("checks a .csv or a bulk .json file and stores its rules, or none of them")
    .argument("<file>")
    .addHelpText(
      "after",
      `${COLUMNS_HELP}\nExample:\n  npm run blocklist -- import bans.csv --remote`,
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
  await putEntries(
    storage,
    entries.map(({ line: _, ...entry }) => entry),
    shown.update,
  ).finally(shown.stop);
  wrote(`Stored ${rulesCount(entries)}`, storage);
}
