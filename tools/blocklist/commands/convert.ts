import { Command } from "commander";
import { withHelp } from "../../lib/help.ts";
import { EXIT, refuseBanner } from "../../lib/tool.ts";
import { bulkFile } from "../bulk-file.ts";
import { CSV_HELP, readSound, withFileOptions } from "../file-options.ts";
import type { FileOptions } from "../rules-file.ts";

export function convertCommand(): Command {
  return withHelp(
    withFileOptions(
      new Command("convert")
        .description("turns a CSV file into one for `npx wrangler kv bulk put`, on stdout")
        .argument("<file>", "its first row names the columns")
        .action(convert),
    ),
    {
      sections: CSV_HELP,
      examples: {
        "npm run -s blocklist -- convert bans.csv > bans.json":
          "then: npx wrangler kv bulk put bans.json --binding BLOCKLIST --remote",
      },
    },
  );
}

function convert(file: string, options: FileOptions, command: Command) {
  refuseBanner(command);
  const entries = readSound(file, options, { undone: "nothing was converted", exit: EXIT.no });
  process.stdout.write(bulkFile(entries.map(({ line: _, ...entry }) => entry)));
}
