import { Argument, Command, Option } from "commander";
import { RULE_KINDS } from "../../../src/blocklist/key.ts";
import { ACTIONS, MODES } from "../../../src/blocklist/value.ts";
import { RULE_CODE_DEFAULT, RULE_CODE_MAX, RULE_CODE_MIN } from "../../../src/limits.ts";
import { moment, whole } from "../../lib/arguments.ts";
import { MOMENT_FORMS } from "../../lib/dates.ts";
import type { Storage } from "../../lib/storage.ts";
import type { Entry } from "../entry.ts";
import { makeKey } from "../key.ts";
import { configuredKinds } from "../kinds.ts";
import { deleteKey, describeStorage, getValues, putEntry } from "../kv.ts";
import { lintEntries } from "../lint.ts";
import { fail, wrote } from "../say.ts";
import { textOf } from "../value.ts";

const kindArgument = () => new Argument("<kind>").choices(RULE_KINDS);

type AddOptions = {
  reason?: string;
  code?: number;
  mode?: string;
  actions?: string[];
  platforms?: string[];
  note?: string;
  ttl?: number;
  expires?: number;
};

export function addCommand(): Command {
  return new Command("add")
    .description("stores a rule, in place of the one that is there")
    .addArgument(kindArgument())
    .argument("<ids...>", "as the app knows them; they are encoded for you")
    .option("--reason <text>", "shown to the client")
    .option(
      "--code <number>",
      `${RULE_CODE_MIN} to ${RULE_CODE_MAX}; ${RULE_CODE_DEFAULT} unless given`,
      whole(RULE_CODE_MIN, RULE_CODE_MAX),
    )
    .addOption(new Option("--mode <mode>", "block unless given").choices(MODES))
    .option("--actions <list>", `of ${ACTIONS.join(",")}; the two that add unless given`, list)
    .option("--platforms <list>", "such as Android,iOS; every one unless given", list)
    .option("--note <text>", "for operators, never sent")
    .addOption(
      new Option("--ttl <seconds>", "the rule ends then")
        .conflicts("expires")
        .argParser(whole(1, 2 ** 31 - 1)),
    )
    .option("--expires <date>", `the rule ends then: ${MOMENT_FORMS}`, moment)
    .addHelpText(
      "after",
      `
Examples:
  npm run blocklist -- add user spammer --reason "no spam"
  npm run blocklist -- add pair alice bob --mode allow --note "ticket 4711"
  npm run blocklist -- add ip 2001:db8::1 --ttl 86400
  npm run blocklist -- add applicant bot --mode observe --code 38100`,
    )
    .action(add);
}

export function removeCommand(): Command {
  return new Command("remove")
    .description("removes a rule")
    .addArgument(kindArgument())
    .argument("<ids...>", "as for add")
    .addHelpText("after", "\nExample:\n  npm run blocklist -- remove pair alice bob")
    .action(remove);
}

async function add(kind: string, ids: string[], options: AddOptions, command: Command) {
  const storage: Storage = command.optsWithGlobals();
  const made = makeKey(kind, ids);
  if (!made.ok) return fail(made.message);
  // Commander's options hold those of the program too: each field is named.
  const { reason, code, mode, actions, platforms, note, ttl, expires } = options;
  const entry: Entry = {
    key: made.key,
    value: textOf({ reason, code, mode, actions, platforms, note }),
    ...(expires !== undefined && { expiration: Math.floor(expires / 1_000) }),
    ...(ttl !== undefined && { expiration_ttl: ttl }),
  };
  const problems = lintEntries([{ ...entry, line: undefined }], Math.floor(Date.now() / 1000));
  if (problems.length > 0) return fail(problems.map(({ message }) => message).join("\n"));

  await putEntry(storage, entry);
  wrote(`Stored ${entry.key}`, storage);
  const kinds = configuredKinds(storage);
  if (!kinds.includes(made.kind)) {
    console.log(`It has no effect while BLOCKLIST_KINDS is ${kinds.join(",")}.`);
  }
}

async function remove(kind: string, ids: string[], _options: object, command: Command) {
  const storage: Storage = command.optsWithGlobals();
  const made = makeKey(kind, ids);
  if (!made.ok) return fail(made.message);
  // wrangler deletes what is not there without a word.
  const stored = await getValues(storage, [made.key]);
  if (!stored.has(made.key)) return fail(`There is no ${made.key} in ${describeStorage(storage)}.`);
  await deleteKey(storage, made.key);
  wrote(`Removed ${made.key}`, storage);
}

function list(text: string): string[] {
  return text.split(",").map((item) => item.trim());
}
