import { Command, Option } from "commander";
import { RULE_KINDS } from "../../../src/blocklist/key.ts";
import type { Storage } from "../../lib/storage.ts";
import { CELLS_HELP } from "../cell.ts";
import { csvFile } from "../csv-file.ts";
import type { Entry, Located } from "../entry.ts";
import { parseKey } from "../key.ts";
import { configuredKinds } from "../kinds.ts";
import { describeStorage, getValues, listKeys } from "../kv.ts";
import { lintEntries } from "../lint.ts";
import { progress } from "../progress.ts";
import { readRules } from "../rules-file.ts";
import { isDataAlone, report, rulesCount } from "../say.ts";
import { rulesTable } from "../table.ts";

export function listCommand(): Command {
  return new Command("list")
    .description("shows the rules as the Worker takes them")
    .addOption(new Option("--kind <kind>", "only these").choices(RULE_KINDS))
    .addHelpText("after", "\nExample:\n  npm run blocklist -- list --kind ip --remote")
    .action(list);
}

export function lintCommand(): Command {
  return new Command("lint")
    .description("checks a .csv or a bulk .json file, or what is stored; exit code 1 on a problem")
    .argument("[file]", "what is stored unless given")
    .addHelpText(
      "after",
      `
Examples:
  npm run blocklist -- lint bans.csv
  npm run blocklist -- lint --remote`,
    )
    .action(lint);
}

export function exportCommand(): Command {
  return new Command("export")
    .description("writes what is stored as CSV, on stdout")
    .addHelpText(
      "after",
      `
${CELLS_HELP}
A rule that a row cannot hold is named on stderr, and the exit code is 1.

Example:
  npm run --silent blocklist -- export --remote > blocklist.csv`,
    )
    .action(exportRules);
}

async function list({ kind }: { kind?: string }, command: Command) {
  const storage: Storage = command.optsWithGlobals();
  const entries = await stored(storage, kind);
  if (entries.length > 0) console.log(rulesTable(entries));
  console.log(`${rulesCount(entries)} in ${describeStorage(storage)}.`);
}

async function lint(file: string | undefined, _options: object, command: Command) {
  const storage: Storage = command.optsWithGlobals();
  const where = file ?? describeStorage(storage);
  const { entries, problems } = file === undefined ? await lintStored(storage) : readRules(file);
  report(where, problems, console.log);
  if (problems.length === 0) console.log(`${where}: ${rulesCount(entries)}, no problem`);
}

async function exportRules(_options: object, command: Command) {
  if (!isDataAlone(process.env, process.stdout.isTTY)) return;
  const storage: Storage = command.optsWithGlobals();
  const { csv, problems } = csvFile(await stored(storage));
  process.stdout.write(csv);
  report(describeStorage(storage), problems, console.error);
}

/** What is stored, of every kind unless one is named. */
async function stored(storage: Storage, kind?: string): Promise<Located<Entry>[]> {
  console.error(`Reading ${describeStorage(storage)}.`);
  const keys = (await listKeys(storage)).filter(
    ({ name }) => kind === undefined || name.startsWith(`${kind}:`),
  );
  const names = keys.map(({ name }) => name);
  const shown = progress("Read", names.length);
  const values = await getValues(storage, names, shown.update).finally(shown.stop);
  // A rule may have ended between the list and the read.
  return keys.flatMap(({ name: key, ...rest }) => {
    const value = values.get(key);
    return value === undefined ? [] : [{ key, value, ...rest, line: undefined }];
  });
}

async function lintStored(storage: Storage) {
  const entries = await stored(storage);
  const kinds = configuredKinds(storage);
  const found = entries.map(({ key }) => parseKey(key));
  for (const kind of RULE_KINDS.filter((kind) => !kinds.includes(kind))) {
    const idle = found.filter((parsed) => parsed.ok && parsed.kind === kind);
    if (idle.length === 0) continue;
    console.error(
      `Note: ${kind} rules have no effect while BLOCKLIST_KINDS is ${kinds.join(",")}.`,
    );
  }
  return { entries, problems: lintEntries(entries, undefined) };
}
