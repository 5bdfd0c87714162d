import { Command } from "commander";
import { CELLS_HELP } from "../../../src/spreadsheet/cell.ts";
import { withHelp } from "../../lib/help.ts";
import type { Storage } from "../../lib/storage.ts";
import { refuseBanner, say } from "../../lib/tool.ts";
import { isGiven } from "../compare.ts";
import { csvFile } from "../csv-file.ts";
import { describeStorage } from "../kv.ts";
import { report } from "../say.ts";
import { readStored } from "../stored.ts";

export function exportCommand(): Command {
  return withHelp(
    new Command("export")
      .description("writes what is stored as CSV, on stdout")
      .action(exportRules),
    {
      sections: {
        "What is written": `${CELLS_HELP} A rule that a row cannot hold is named on stderr, and the exit code is 1. Rules that REQUESTS_PER_DAY has given are left out.`,
      },
      examples: {
        "npm run -s blocklist -- export --remote > blocklist.csv": "save all rules",
      },
    },
  );
}

async function exportRules(_options: object, command: Command) {
  refuseBanner(command);
  const storage: Storage = command.optsWithGlobals();
  const { rules } = await readStored(storage);
  const written = rules.filter((rule) => !isGiven(rule));
  const { csv, problems } = csvFile(written);
  process.stdout.write(csv);
  const given = rules.length - written.length;
  if (given > 0) say(`${given} of REQUESTS_PER_DAY left out: they end by themselves`);
  report(describeStorage(storage), problems, say);
}
