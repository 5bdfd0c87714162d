import { Command, Option } from "commander";
import { ACTIONS, type Action } from "../../../src/blocklist/value.ts";
import { withHelp } from "../../lib/help.ts";
import type { Storage } from "../../lib/storage.ts";
import { EXIT, printJson, say, withJson } from "../../lib/tool.ts";
import { explain, explanationText, keysToExplain } from "../explain.ts";
import { configuredKinds, isObserving, parseKinds } from "../kinds.ts";
import { describeStorage, getValues } from "../kv.ts";

type ExplainOptions = {
  from: string;
  to: string;
  requester?: string;
  ip?: string;
  platform?: string;
  action: Action;
  kinds?: string;
  json?: true;
};

export function explainCommand(): Command {
  return withHelp(
    withJson(
      new Command("explain")
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
        .action(run),
    ),
    {
      examples: {
        "npm run blocklist -- explain --from alice --to spammer":
          "is it refused? The exit code is 1 where it is",
        "npm run blocklist -- explain --from alice --to bob --ip 192.0.2.1 --kinds user,pair,ip":
          "what if addresses were looked up?",
      },
    },
  );
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
  const explanation = explain(response, values, kinds);
  const where = describeStorage(storage);
  if (options.json) {
    const { keys, decision, result } = explanation;
    const { outcome, decidedBy, observed } = decision;
    printJson({
      where,
      kinds,
      keys: keys.map(({ key, isRead, rule }) => ({ key, isRead, rule: rule ?? null })),
      outcome,
      decidedBy: decidedBy?.key ?? null,
      observed: observed?.key ?? null,
      result,
    });
  } else console.log(`In ${where}:\n${explanationText(explanation)}`);
  if (isObserving(storage)) {
    say("BLOCKLIST_MODE is observe: until that is undone, the Worker lets it pass all the same");
  }
  if (explanation.decision.outcome === "block") process.exitCode = EXIT.no;
}
