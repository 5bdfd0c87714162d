import { Command } from "commander";
import { withHelp } from "../../lib/help.ts";
import type { Storage } from "../../lib/storage.ts";
import { refuseBanner, say } from "../../lib/tool.ts";
import { CELLS_HELP } from "../cell.ts";
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
        "What is written": `${CELLS_HELP} A rule that a row cannot hold is named on stderr, and the exit code is 1.`,
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
  const { csv, problems } = csvFile((await readStored(storage)).rules);
  process.stdout.write(csv);
  report(describeStorage(storage), problems, say);
}
