import { Command, Option } from "commander";
import { RULE_KINDS } from "../../../src/blocklist/key.ts";
import { csvFile } from "../csv-file.ts";
import type { Entry, Located } from "../entry.ts";
import { parseKey } from "../key.ts";
import { configuredKinds } from "../kinds.ts";
import { describeTarget, getValues, listKeys, type Target } from "../kv.ts";
import { lintEntries } from "../lint.ts";
import { progress } from "../progress.ts";
import { readRules } from "../rules-file.ts";
import { isDataAlone, report, rulesCount } from "../say.ts";
import { rulesTable } from "../table.ts";
import { targetOf } from "../target.ts";

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
      "\nExample:\n  npm run --silent blocklist -- export --remote > blocklist.csv",
    )
    .action(exportRules);
}

async function list({ kind }: { kind?: string }, command: Command) {
  const target = targetOf(command);
  const entries = await stored(target, kind);
  if (entries.length > 0) console.log(rulesTable(entries));
  console.log(`${rulesCount(entries)} in ${describeTarget(target)}.`);
}

async function lint(file: string | undefined, _options: object, command: Command) {
  const target = targetOf(command);
  const where = file ?? describeTarget(target);
  const { entries, problems } = file === undefined ? await lintStored(target) : readRules(file);
  report(where, problems, console.log);
  if (problems.length === 0) console.log(`${where}: ${rulesCount(entries)}, no problem`);
}

async function exportRules(_options: object, command: Command) {
  if (!isDataAlone(process.env, process.stdout.isTTY)) return;
  const target = targetOf(command);
  const { csv, problems } = csvFile(await stored(target));
  process.stdout.write(csv);
  report(describeTarget(target), problems, console.error);
}

/** What is stored, of every kind unless one is named. */
async function stored(target: Target, kind?: string): Promise<Located<Entry>[]> {
  console.error(`Reading ${describeTarget(target)}.`);
  const keys = (await listKeys(target)).filter(
    ({ name }) => kind === undefined || name.startsWith(`${kind}:`),
  );
  const names = keys.map(({ name }) => name);
  const shown = progress("Read", names.length);
  const values = await getValues(target, names, shown.update).finally(shown.stop);
  // A rule may have ended between the list and the read.
  return keys.flatMap(({ name: key, ...rest }) => {
    const value = values.get(key);
    return value === undefined ? [] : [{ key, value, ...rest, line: undefined }];
  });
}

async function lintStored(target: Target) {
  const entries = await stored(target);
  const kinds = await configuredKinds(target.remote);
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
