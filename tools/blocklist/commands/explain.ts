import { Command, Option } from "commander";
import { ACTIONS, type Action } from "../../../src/blocklist/value.ts";
import type { Storage } from "../../lib/storage.ts";
import { explain, keysToExplain } from "../explain.ts";
import { configuredKinds, parseKinds } from "../kinds.ts";
import { describeStorage, getValues } from "../kv.ts";

type ExplainOptions = {
  from: string;
  to: string;
  requester?: string;
  ip?: string;
  platform?: string;
  action: Action;
  kinds?: string;
};

export function explainCommand(): Command {
  return new Command("explain")
    .description("says how the Worker answers a friend response, and why")
    .requiredOption("--from <id>", "who answers (From_Account)")
    .requiredOption("--to <id>", "who asked (To_Account)")
    .option("--requester <id>", "who sends the answer (Requester_Account); --from unless given")
    .option("--ip <address>", "ClientIP")
    .option("--platform <name>", "OptPlatform")
    .addOption(
      new Option("--action <action>", "ResponseAction").choices(ACTIONS).default("AgreeAndAdd"),
    )
    .option("--kinds <list>", "BLOCKLIST_KINDS; as configured unless given")
    .addHelpText(
      "after",
      `
Examples:
  npm run blocklist -- explain --from alice --to spammer
  npm run blocklist -- explain --from alice --to bob --ip 192.0.2.1 --kinds user,pair,ip --remote`,
    )
    .action(run);
}

async function run(options: ExplainOptions, command: Command) {
  const storage: Storage = command.optsWithGlobals();
  const response = {
    responderId: options.from,
    applicantId: options.to,
    requesterId: options.requester,
    action: options.action,
    platform: options.platform,
    clientIp: options.ip,
  };
  const kinds = options.kinds === undefined ? configuredKinds(storage) : parseKinds(options.kinds);
  const values = await getValues(storage, keysToExplain(response));
  console.log(`In ${describeStorage(storage)}:\n${explain(response, values, kinds)}`);
}
