/** `npm run simulate`: plays Tencent Cloud IM against a deployment, or against `npm start`. */
import { withHelp } from "../lib/help.ts";
import { WHERE_SECRETS_COME_FROM } from "../lib/target.ts";
import { run, tool } from "../lib/tool.ts";
import { addCallbackCommands } from "./callback-commands.ts";
import { trafficCommand } from "./traffic-command.ts";

const program = withHelp(
  tool({
    command: "npm run simulate --",
    description:
      "Plays Tencent Cloud IM: it sends callbacks, signed as Tencent signs them, and says what Tencent " +
      "would do with each reply.",
    no: "a friend response is blocked, the reply is not OK, or the table differs from the truth",
  }),
  {
    sections: {
      "Where the token comes from": WHERE_SECRETS_COME_FROM,
      "What Tencent does with a reply":
        "A callback counts as failed when the status is not 200, when the body is not JSON, or after 2 s. " +
        "Then nothing is blocked. Nothing is blocked either when the reply says FAIL, or has an ErrorCode " +
        "other than 0. A friend response is blocked item by item: by a ResultCode from 38000 to 39000 in " +
        "a reply that is OK.",
    },
    examples: {
      "npm run simulate -- friend-add alice bob": "alice and bob become friends",
      "npm run simulate -- friend-response alice spammer --action AgreeAndAdd":
        "may alice accept what spammer asks?",
      "npm run simulate -- traffic --events 2000 --seed 7": "the life of many users",
      "npm run simulate -- traffic --help": "each command explains itself",
    },
  },
);

addCallbackCommands(program);
program.addCommand(trafficCommand());

await run(program);
