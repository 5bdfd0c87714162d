import { Command, Option } from "commander";
import {
  type Answer,
  explain,
  keysToExplain,
  withAcceptance,
} from "../../../src/blocklist/explain.ts";
import type { FriendAction } from "../../../src/blocklist/key.ts";
import { RESPONSE_ACTIONS, type ResponseAction } from "../../../src/blocklist/value.ts";
import { withHelp } from "../../lib/help.ts";
import type { Storage } from "../../lib/storage.ts";
import { EXIT, printJson, say, withJson } from "../../lib/tool.ts";
import { explanationText } from "../explanation-text.ts";
import { hiddenRules } from "../filter.ts";
import { configuredKinds, isFiltered, isObserving, isRateLimited, parseKinds } from "../kinds.ts";
import { describeStorage, getValues } from "../kv.ts";

type ExplainOptions = {
  from: string;
  to: string;
  request?: true;
  requester?: string;
  ip?: string;
  platform?: string;
  action: ResponseAction;
  kinds?: string;
  json?: true;
};

export function explainCommand(): Command {
  return withHelp(
    withJson(
      new Command("explain")
        .description("says how the Worker answers a friend response or a friend request, and why")
        .requiredOption("--from <id>", "who answers, or with --request who asks (From_Account)")
        .requiredOption("--to <id>", "who asked, or with --request who is asked (To_Account)")
        .option("--request", "a friend request, and what would become of its acceptance")
        .option("--requester <id>", "who sends it (Requester_Account); --from unless given")
        .option("--ip <address>", "ClientIP")
        .option("--platform <name>", "OptPlatform")
        .addOption(
          new Option("--action <action>", "ResponseAction")
            .choices(RESPONSE_ACTIONS)
            .default("AgreeAndAdd")
            .conflicts("request"),
        )
        .option("--kinds <list>", "BLOCKLIST_KINDS; as configured unless given")
        .action(run),
    ),
    {
      examples: {
        "npm run blocklist -- explain --from alice --to spammer":
          "is it refused? The exit code is 1 where it is",
        "npm run blocklist -- explain --request --from spammer --to alice":
          "may spammer ask alice, and may she accept?",
        "npm run blocklist -- explain --from alice --to bob --ip 192.0.2.1 --kinds user,pair,ip":
          "what if addresses were looked up?",
      },
    },
  );
}

async function run(options: ExplainOptions, command: Command) {
  const storage: Storage = command.optsWithGlobals();
  const { from, to, request, requester: requesterId, platform, ip: clientIp } = options;
  const sent = { requesterId, platform, clientIp };
  const actions: FriendAction[] = request
    ? withAcceptance({ responderId: to, applicantId: from, action: "Request", ...sent })
    : [{ responderId: from, applicantId: to, action: options.action, ...sent }];
  const kinds = options.kinds === undefined ? configuredKinds(storage) : parseKinds(options.kinds);
  const values = await getValues(storage, keysToExplain(actions));
  const explanation = explain(actions, values, kinds);
  const stored = explanation.keys.filter(({ isRead, rule }) => isRead && rule !== undefined);
  const hidden = isFiltered(storage)
    ? await hiddenRules(
        storage,
        stored.map(({ key }) => key),
      )
    : [];
  const [answer, acceptance] = explanation.answers;
  const where = describeStorage(storage);
  if (options.json) {
    printJson({
      where,
      kinds,
      keys: explanation.keys.map(({ key, isRead, rule }) => ({ key, isRead, rule: rule ?? null })),
      ...(answer && answerJson(answer)),
      ...(acceptance && { acceptance: answerJson(acceptance) }),
      ...(hidden.length > 0 && { notInFilter: hidden.map(({ key }) => key) }),
    });
  } else console.log(`In ${where}:\n${explanationText(explanation)}`);
  for (const { key, within } of hidden) {
    say(
      `${key} is not in the filter yet: the Worker reads it in ${within} at most, or after filter --rebuild`,
    );
  }
  if (isObserving(storage)) {
    say("BLOCKLIST_MODE is observe: until that is undone, the Worker lets it pass all the same");
  }
  if (request && isRateLimited(storage)) {
    say(
      "REQUEST_RATE may refuse it all the same: how many there were in this minute is not known here",
    );
  }
  if (answer?.decision.outcome === "block") process.exitCode = EXIT.no;
}

function answerJson({ decision, result }: Answer) {
  const { outcome, decidedBy, observed } = decision;
  return {
    outcome,
    decidedBy: decidedBy?.key ?? null,
    observed: observed?.key ?? null,
    result,
  };
}
