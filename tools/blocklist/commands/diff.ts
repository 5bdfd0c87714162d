import { Command } from "commander";
import { withHelp } from "../../lib/help.ts";
import { progress } from "../../lib/progress.ts";
import type { Storage } from "../../lib/storage.ts";
import { EXIT, printJson, withJson } from "../../lib/tool.ts";
import { compare, driftLines } from "../compare.ts";
import { CSV_HELP, readSound, withFileOptions } from "../file-options.ts";
import { describeStorage, getValues, listKeys } from "../kv.ts";
import type { FileOptions } from "../rules-file.ts";

export function diffCommand(): Command {
  return withHelp(
    withJson(
      withFileOptions(
        new Command("diff")
          .description("says what import would add (+), change (~), and with --prune remove (-)")
          .argument("<file>", "a .csv or a bulk .json file")
          .action(diff),
      ),
    ),
    {
      sections: CSV_HELP,
      examples: {
        "npm run blocklist -- diff bans.csv --remote":
          "what would an import change? The exit code is 1 where it is anything",
      },
    },
  );
}

async function diff(file: string, options: FileOptions & { json?: true }, command: Command) {
  const storage: Storage = command.optsWithGlobals();
  const exit = EXIT.unreachable;
  const wanted = readSound(file, options, { undone: "nothing was compared", exit });
  const keys = new Set(wanted.map(({ key }) => key));
  const stored = (await listKeys(storage)).map(({ name: key, ...rest }) => ({ key, ...rest }));
  const common = stored.map(({ key }) => key).filter((key) => keys.has(key));
  const shown = progress("Read", common.length);
  const values = await getValues(storage, common, shown.update).finally(shown.stop);
  const drift = compare(
    wanted.map(({ line: _, ...entry }) => entry),
    stored,
    values,
  );
  const where = describeStorage(storage);
  const { add, change, remove } = drift;
  if (options.json) printJson({ file, where, ...drift });
  else {
    for (const line of driftLines(drift)) console.log(line);
    console.log(
      `${file} against ${where}: ${add.length} to add, ${change.length} to change, ` +
        `${remove.length} to remove with --prune`,
    );
  }
  if (add.length + change.length + remove.length > 0) process.exitCode = EXIT.no;
}
