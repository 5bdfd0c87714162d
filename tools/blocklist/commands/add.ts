import { Argument, Command, Option } from "commander";
import { doubtsAbout } from "../../../src/blocklist/doubts.ts";
import type { Entry, Located } from "../../../src/blocklist/entry.ts";
import { textOf } from "../../../src/blocklist/fields.ts";
import { RULE_KINDS } from "../../../src/blocklist/key.ts";
import { lintEntries } from "../../../src/blocklist/lint.ts";
import { makeKey } from "../../../src/blocklist/parse-key.ts";
import { ACTIONS, MODES } from "../../../src/blocklist/value.ts";
import { RULE_CODE_DEFAULT, RULE_CODE_MAX, RULE_CODE_MIN } from "../../../src/limits.ts";
import { MOMENT_FORMS } from "../../../src/spreadsheet/moment.ts";
import { moment, whole } from "../../lib/arguments.ts";
import { withHelp } from "../../lib/help.ts";
import type { Storage } from "../../lib/storage.ts";
import { say, UsageError } from "../../lib/tool.ts";
import { FORCE } from "../file-options.ts";
import { hintsAbout } from "../hints.ts";
import { configuredKinds, kindsText } from "../kinds.ts";
import { putEntry } from "../kv.ts";
import { wrote } from "../say.ts";

type AddOptions = {
  reason?: string;
  code?: number;
  mode?: string;
  actions?: string[];
  platforms?: string[];
  note?: string;
  ttl?: number;
  expires?: number;
  force?: true;
};

export function addCommand(): Command {
  return withHelp(
    new Command("add")
      .description("stores a rule, in place of the one that is there")
      .addArgument(new Argument("<kind>").choices(RULE_KINDS))
      .argument("<ids...>", "as the app knows them; they are encoded for you")
      .option("--reason <text>", "shown to the client")
      .option(
        "--code <number>",
        `${RULE_CODE_MIN} to ${RULE_CODE_MAX}; ${RULE_CODE_DEFAULT} unless given`,
        whole(RULE_CODE_MIN, RULE_CODE_MAX),
      )
      .addOption(new Option("--mode <mode>", "block unless given").choices(MODES))
      .option("--actions <list>", `of ${ACTIONS.join(",")}; all but Reject unless given`, list)
      .option("--platforms <list>", "such as Android,iOS; every one unless given", list)
      .option("--note <text>", "for operators, never sent")
      .addOption(
        new Option("--ttl <seconds>", "the rule ends then")
          .conflicts("expires")
          .argParser(whole(1, 2 ** 31 - 1)),
      )
      .option("--expires <date>", `the rule ends then: ${MOMENT_FORMS}`, moment)
      .option("--force", FORCE)
      .action(add),
    {
      examples: {
        'npm run blocklist -- add user spammer --reason "no spam"': "ban an account",
        'npm run blocklist -- add pair alice bob --mode allow --note "ticket 4711"':
          "alice may accept bob, whatever other rules say",
        "npm run blocklist -- add ip 2001:db8::1 --ttl 86400": "refuse an address for a day",
        "npm run blocklist -- add user pest --actions Request --ttl 86400":
          "for a day, nobody asks pest and pest asks nobody; what was asked can be accepted",
        "npm run blocklist -- add applicant bot --mode observe --code 38100":
          "count what it would refuse, and refuse nothing",
      },
    },
  );
}

async function add(kind: string, ids: string[], options: AddOptions, command: Command) {
  const storage: Storage = command.optsWithGlobals();
  const made = makeKey(kind, ids);
  if (!made.ok) throw new UsageError(made.message, "see npm run blocklist -- add --help");
  // Commander's options also hold those of the program. So each field is named.
  const { reason, code, mode, actions, platforms, note, ttl, expires, force } = options;
  const entry: Located<Entry> = {
    key: made.key,
    value: textOf({ reason, code, mode, actions, platforms, note }),
    ...(expires !== undefined && { expiration: Math.floor(expires / 1_000) }),
    ...(ttl !== undefined && { expiration_ttl: ttl }),
    line: undefined,
  };
  const problems = [
    ...lintEntries([entry], Math.floor(Date.now() / 1000)),
    ...(force ? [] : doubtsAbout([entry])),
  ];
  if (problems.length > 0) {
    const messages = problems.map(({ message }) => message).join("\n");
    throw new UsageError(messages, "nothing was stored: correct it, and run it again");
  }

  await putEntry(storage, entry);
  wrote(`Stored ${entry.key}`, storage);
  if (!force) for (const { message } of hintsAbout([entry])) say(message);
  const kinds = configuredKinds(storage);
  if (!kinds.includes(made.kind)) {
    say(`it has no effect while BLOCKLIST_KINDS is ${kindsText(kinds)}`);
  }
}

function list(text: string): string[] {
  return text.split(",").map((item) => item.trim());
}
