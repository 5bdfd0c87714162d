/** `npm run simulate`: plays Tencent Cloud IM against a deployment, or against `npm start`. */
import { Command } from "commander";
import { WHERE_SECRETS_COME_FROM } from "../lib/target.ts";
import { errorText } from "../lib/terminal.ts";
import { addCallbackCommands } from "./callback-commands.ts";
import { trafficCommand } from "./traffic-command.ts";

const program = new Command("npm run simulate --")
  .description(
    "Plays Tencent Cloud IM: it sends callbacks, signed as Tencent signs them, and says what Tencent " +
      "would do with each reply.",
  )
  .addHelpText(
    "after",
    `
Where the token comes from:
  ${WHERE_SECRETS_COME_FROM.replaceAll("\n", "\n  ")}

What Tencent does with a reply:
  A callback counts as failed when the status is not 200, when the body is not JSON, or after 2 s.
  Then nothing is blocked. Nothing is blocked either when the reply says FAIL, or has an ErrorCode
  other than 0.
  A friend response is blocked item by item: by a ResultCode from 38000 to 39000 in a reply that is OK.

Exit code: 0 when the protocol allows the reply, 1 when it does not.

Try, with \`npm start\` in another terminal:
  npm run simulate -- friend-add alice bob
  npm run simulate -- friend-response alice spammer --action agree-and-add
  npm run simulate -- traffic --events 2000 --seed 7
Each command explains itself: npm run simulate -- traffic --help`,
  );

addCallbackCommands(program);
program.addCommand(trafficCommand());

try {
  await program.parseAsync();
} catch (error) {
  console.error(`simulate: ${errorText(error)}`);
  process.exitCode = 1;
}
