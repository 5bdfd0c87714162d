import { Argument, Command } from "commander";
import { RULE_KINDS } from "../../../src/blocklist/key.ts";
import { makeKey } from "../../../src/blocklist/parse-key.ts";
import { withHelp } from "../../lib/help.ts";
import { withEncoding } from "../../lib/spreadsheet-options.ts";
import type { Storage } from "../../lib/storage.ts";
import { EXIT, ToolError, UsageError } from "../../lib/tool.ts";
import { readUnlinted } from "../file-options.ts";
import { deleteKey, describeStorage, getValues, listKeys } from "../kv.ts";
import { removeKeys } from "../remove-keys.ts";
import type { FileOptions } from "../rules-file.ts";
import { rulesCount, wrote } from "../say.ts";

type RemoveOptions = FileOptions & { file?: string };

export function removeCommand(): Command {
  return withHelp(
    withEncoding(
      new Command("remove")
        .description("removes a rule, or every rule that a file has")
        .addArgument(new Argument("[kind]").choices(RULE_KINDS))
        .argument("[ids...]", "as for add")
        .option(
          "--file <file>",
          "a .csv or a bulk .json file: what an import of it has stored goes",
        )
        .action(remove),
    ),
    {
      examples: {
        "npm run blocklist -- remove pair alice bob": "remove one rule",
        "npm run blocklist -- remove --file bans.csv --remote":
          "undo an import, whatever the rules say by now",
      },
    },
  );
}

async function remove(
  kind: string | undefined,
  ids: string[],
  options: RemoveOptions,
  command: Command,
) {
  const storage: Storage = command.optsWithGlobals();
  if ((kind === undefined) === (options.file === undefined)) {
    throw new UsageError("what is to go?", "give a kind and its ids, or --file, and not both");
  }
  if (options.file !== undefined) return removeFile(options.file, options, storage);
  const made = makeKey(kind ?? "", ids);
  if (!made.ok) throw new UsageError(made.message, "see npm run blocklist -- remove --help");
  // wrangler reports no error for a key that is not there.
  const stored = await getValues(storage, [made.key]);
  if (!stored.has(made.key)) {
    throw new ToolError(
      `there is no ${made.key} in ${describeStorage(storage)}`,
      "see what is there: npm run blocklist -- list",
      EXIT.no,
    );
  }
  await deleteKey(storage, made.key);
  wrote(`Removed ${made.key}`, storage);
}

/** Only the key counts. A rule of the file may have ended, and the stored rule may differ. */
async function removeFile(file: string, options: FileOptions, storage: Storage): Promise<void> {
  const entries = readUnlinted(file, options);
  const stored = new Set((await listKeys(storage)).map(({ name }) => name));
  const keys = entries.map(({ key }) => key).filter((key) => stored.has(key));
  await removeKeys(storage, keys);
  const missing = entries.length - keys.length;
  wrote(
    `Removed ${rulesCount(keys)}${missing === 0 ? "" : `, and ${missing} of the file were not there,`}`,
    storage,
  );
}
