import { Command, Option } from "commander";
import type { Entry, Located } from "../../../src/blocklist/entry.ts";
import { whole } from "../../lib/arguments.ts";
import { withHelp } from "../../lib/help.ts";
import { progress } from "../../lib/progress.ts";
import { shellCommand } from "../../lib/shell.ts";
import type { Storage } from "../../lib/storage.ts";
import { EXIT, ToolError } from "../../lib/tool.ts";
import { obsolete } from "../compare.ts";
import { CSV_HELP, readSound, withFileOptions } from "../file-options.ts";
import { describeStorage, listKeys, putEntries, stepOf } from "../kv.ts";
import { removeKeys } from "../remove-keys.ts";
import type { FileOptions } from "../rules-file.ts";
import { rulesCount, wrote } from "../say.ts";
import { unfinished } from "../unfinished.ts";

type ImportOptions = FileOptions & { fromLine?: number; prune?: true; confirm?: number };

export function importCommand(): Command {
  return withHelp(
    withFileOptions(
      new Command("import")
        .description("checks a .csv or a bulk .json file as a whole, then stores its rules")
        .argument("<file>")
        .option("--from-line <number>", "leave out the rules before it", whole(1, 2 ** 31 - 1))
        .option("--prune", "remove what is stored and not in the file")
        .addOption(
          new Option("--confirm <number>", "how many rules --prune removes").argParser(
            whole(0, 2 ** 31 - 1),
          ),
        )
        .action(importRules),
    ),
    {
      sections: {
        ...CSV_HELP,
        "What is stored":
          "If a line is wrong, nothing. The rules are stored in steps. If it fails or is interrupted at a " +
          "step, the steps before it stay; it says which rules these are, and how to go on. `diff` says " +
          "beforehand what would change. `remove --file` takes the rules out again.",
      },
      examples: {
        "npm run blocklist -- import bans.csv --remote": "store what is in the file",
        "npm run blocklist -- import blocklist.csv --prune --confirm 12":
          "make the storage as the file is; 12 rules go",
      },
    },
  );
}

async function importRules(file: string, options: ImportOptions, command: Command) {
  const storage: Storage = command.optsWithGlobals();
  const entries = readSound(file, options, { undone: "nothing was stored", exit: EXIT.no });
  const removed = options.prune ? await confirmedObsolete(file, entries, options, storage) : [];
  const { fromLine = 0 } = options;
  const from = entries.findIndex(({ line }) => (line ?? 0) >= fromLine);
  await store(from === -1 ? [] : entries.slice(from), storage);
  if (!options.prune) return;
  await removeKeys(storage, removed);
  wrote(`Removed ${rulesCount(removed)} that ${file} does not have`, storage);
}

/** The keys that the file does not have. The user must have confirmed their number. */
async function confirmedObsolete(
  file: string,
  entries: readonly Entry[],
  { confirm }: ImportOptions,
  storage: Storage,
): Promise<string[]> {
  const kept = new Set(entries.map(({ key }) => key));
  const stored = await listKeys(storage);
  const removed = obsolete(
    stored.map(({ name: key, ...rest }) => ({ key, ...rest })),
    kept,
  );
  if (removed.length === (confirm ?? 0)) return removed;
  const again = withoutOption(process.argv.slice(2), "--confirm");
  throw new ToolError(
    `--prune would remove ${rulesCount(removed)} that ${file} does not have, of the ${stored.length} ` +
      `in ${describeStorage(storage)}; nothing was stored or removed`,
    `see them with diff, then: ${toolCommand([...again, "--confirm", String(removed.length)])}`,
    EXIT.no,
  );
}

async function store(entries: readonly Located<Entry>[], storage: Storage): Promise<void> {
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
    shown.stop();
    const { reached, todo } = partlyStored(entries, stored, stepOf(storage));
    throw unfinished(error, reached, todo);
  }
  shown.stop();
  wrote(`Stored ${rulesCount(entries)}`, storage);
}

/** What is stored if a step was not finished. wrangler may have stored a part of that step. */
function partlyStored(entries: readonly Located<Entry>[], stored: number, step: number) {
  const unsure = Math.min(step, entries.length - stored);
  const rest = entries.length - stored - unsure;
  const lineOf = (index: number) => entries[index]?.line;
  const lines = (from: number, to: number) => `lines ${lineOf(from)} to ${lineOf(to - 1)}`;
  const reached = [
    `stored: ${stored} of ${rulesCount(entries)}${stored === 0 ? "" : `, ${lines(0, stored)}`}`,
    `perhaps stored: ${unsure}, ${lines(stored, stored + unsure)}`,
    `not reached: ${rest}${rest === 0 ? "" : `, ${lines(stored + unsure, entries.length)}`}`,
  ].join("\n");
  const again = [...withoutOption(process.argv.slice(2), "--from-line"), "--from-line"];
  return { reached, todo: `to go on: ${toolCommand([...again, String(lineOf(stored))])}` };
}

function toolCommand(args: readonly string[]): string {
  return `npm run blocklist -- ${shellCommand(args)}`;
}

/** The arguments without an option and its value. */
function withoutOption(args: readonly string[], option: string): string[] {
  return args.filter(
    (arg, at) => arg !== option && args[at - 1] !== option && !arg.startsWith(`${option}=`),
  );
}
