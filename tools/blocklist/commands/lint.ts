import { Command } from "commander";
import { doubtsAbout } from "../../../src/blocklist/doubts.ts";
import type { ReadEntries } from "../../../src/blocklist/entry.ts";
import { RULE_KINDS } from "../../../src/blocklist/key.ts";
import { lintEntries } from "../../../src/blocklist/lint.ts";
import { parseKey } from "../../../src/blocklist/parse-key.ts";
import { withHelp } from "../../lib/help.ts";
import type { Storage } from "../../lib/storage.ts";
import { EXIT, printJson, say, withJson } from "../../lib/tool.ts";
import { CSV_HELP, readShown, withFileOptions } from "../file-options.ts";
import { hintsAbout } from "../hints.ts";
import { configuredKinds, kindsText } from "../kinds.ts";
import { describeStorage } from "../kv.ts";
import { problemLine } from "../problem-line.ts";
import type { FileOptions } from "../rules-file.ts";
import { report, rulesCount } from "../say.ts";
import { readStored } from "../stored.ts";

type LintOptions = FileOptions & { json?: true };

export function lintCommand(): Command {
  return withHelp(
    withJson(
      withFileOptions(
        new Command("lint")
          .description("checks a .csv or a bulk .json file, or what is stored")
          .argument("[file]", "what is stored unless given")
          .action(lint),
      ),
    ),
    {
      sections: {
        ...CSV_HELP,
        Hints:
          "A rule that names its actions, and refuses an acceptance but no request, is pointed out on stderr, " +
          "and is no problem. --force leaves hints out.",
      },
      examples: {
        "npm run blocklist -- lint bans.csv": "is there anything wrong in a file?",
        "npm run blocklist -- lint --remote": "is every stored rule as it was meant?",
      },
    },
  );
}

async function lint(file: string | undefined, options: LintOptions, command: Command) {
  const storage: Storage = command.optsWithGlobals();
  const where = file ?? describeStorage(storage);
  const { entries, problems } =
    file === undefined ? await lintStored(storage, options) : readShown(file, options);
  const hints = options.force ? [] : hintsAbout(entries);
  if (options.json) {
    printJson({ where, rules: entries.length, problems, hints });
    if (problems.length > 0) process.exitCode = EXIT.no;
    return;
  }
  for (const hint of hints) say(problemLine(where, hint));
  report(where, problems, console.log);
  if (problems.length === 0) console.log(`${where}: ${rulesCount(entries)}, no problem`);
}

async function lintStored(storage: Storage, { force }: LintOptions): Promise<ReadEntries> {
  const { rules: entries } = await readStored(storage);
  const kinds = configuredKinds(storage);
  const found = entries.map(({ key }) => parseKey(key));
  for (const kind of RULE_KINDS.filter((kind) => !kinds.includes(kind))) {
    if (!found.some((parsed) => parsed.ok && parsed.kind === kind)) continue;
    say(`${kind} rules have no effect while BLOCKLIST_KINDS is ${kindsText(kinds)}`);
  }
  const problems = [...lintEntries(entries, undefined), ...(force ? [] : doubtsAbout(entries))];
  return { entries, problems };
}
