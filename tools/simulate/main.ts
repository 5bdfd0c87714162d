/** `npm run simulate`: plays Tencent Cloud IM against a deployment, or against `npm start`. */
import { withHelp } from "../lib/help.ts";
import { WHERE_SECRETS_COME_FROM } from "../lib/target.ts";
import { run, tool } from "../lib/tool.ts";
import { backendCommand } from "./backend-command.ts";
import { addChangeCommands } from "./change-commands.ts";
import { addOtherCommands } from "./other-commands.ts";
import { addQuestionCommands } from "./question-commands.ts";
import { restCommand } from "./rest-command.ts";
import { trafficCommand } from "./traffic-command.ts";

const program = withHelp(
  tool({
    command: "npm run simulate --",
    description:
      "Plays Tencent Cloud IM: it sends callbacks, signed as Tencent signs them, and says what Tencent " +
      "would do with each reply.",
    no: "an action is refused, the reply is not OK, or the tables differ from the truth",
  }),
  {
    sections: {
      "Where the token comes from": WHERE_SECRETS_COME_FROM,
      "What Tencent does with a reply":
        "A callback counts as failed when the status is not 200, when the body is not JSON, or after 2 s. " +
        "Then nothing is blocked. Nothing is blocked either when the reply says FAIL.\n" +
        "A friend request and a friend response are blocked item by item: by a ResultCode from 38000 to 39000, under ErrorCode 0. " +
        "All other actions are refused as a whole, by an ErrorCode: 1, or one of the app's own. Of a " +
        "message, 2 drops it and tells nobody.",
    },
    examples: {
      "npm run simulate -- friend-add alice bob": "alice and bob become friends",
      "npm run simulate -- friend-request spammer alice": "may spammer ask alice?",
      "npm run simulate -- friend-response alice spammer --action AgreeAndAdd":
        "may alice accept what spammer asks?",
      "npm run simulate -- callback C2C.CallbackBeforeSendMsg": "any other callback",
      "npm run simulate -- backend": "the backend to which friendgate passes those on",
      "npm run simulate -- rest --truth truth.jsonl": "the REST API that `npm run reconcile` reads",
      "npm run simulate -- traffic --events 2000 --seed 7": "the life of many users",
      "npm run simulate -- traffic --help": "each command explains itself",
    },
  },
);

addQuestionCommands(program);
addChangeCommands(program);
addOtherCommands(program);
program.addCommand(trafficCommand());
program.addCommand(backendCommand());
program.addCommand(restCommand());

await run(program);
