import { Command } from "commander";
import { withHelp } from "../../lib/help.ts";
import type { Storage } from "../../lib/storage.ts";
import { printJson, UsageError, withJson } from "../../lib/tool.ts";
import { rebuild, reportLines, reportOn } from "../filter.ts";
import { isFiltered } from "../kinds.ts";
import { describeStorage } from "../kv.ts";

export function filterCommand(): Command {
  return withHelp(
    withJson(
      new Command("filter")
        .description("shows the filter that keeps the Worker from reading keys without a rule")
        .option("--rebuild", "make it anew, of what is stored now")
        .action(filter),
    ),
    {
      examples: {
        "npm run blocklist -- filter --remote": "is it in use, and how old is it?",
        "npm run blocklist -- filter --rebuild --remote":
          "have rules that `wrangler kv` wrote count within two minutes",
      },
    },
  );
}

async function filter(options: { rebuild?: true; json?: true }, command: Command) {
  const storage: Storage = command.optsWithGlobals();
  const where = describeStorage(storage);
  if (!isFiltered(storage)) {
    if (options.rebuild)
      throw new UsageError(
        "BLOCKLIST_FILTER is off: nothing would use the filter",
        "set it first (docs/configuration.md)",
      );
    if (options.json) printJson({ where, state: "off" });
    else console.log("BLOCKLIST_FILTER is off: all keys are read.");
    return;
  }
  if (options.rebuild) await rebuild(storage);
  const report = await reportOn(storage);
  if (options.json) return printJson({ where, ...report });
  console.log([`The filter in ${where}:`, ...reportLines(report)].join("\n  "));
}
