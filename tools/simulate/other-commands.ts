import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { commandIn } from "./callback.ts";
import { type CallbackOptions, callbackCommand } from "./callback-command.ts";
import { jsonIn } from "./json-in.ts";
import { playAndPrint } from "./play-and-print.ts";

/** Commands for every other callback, and for any body. */
export function addOtherCommands(program: Command): void {
  callbackCommand(program, {
    name: "callback",
    summary: "any callback, by its command",
    description:
      "Sends the callback of any command. By its name it comes before an action, which the answer can " +
      "refuse, or after one. What is sent has CallbackCommand and what --body adds.",
    examples: {
      "npm run simulate -- callback C2C.CallbackBeforeSendMsg": "a message is about to be sent",
      "npm run simulate -- callback Group.CallbackAfterNewMemberJoin --body group.json":
        "with more fields in the body",
    },
  })
    .argument("<command>", "C2C.CallbackBeforeSendMsg, State.StateChange, …")
    .option("--body <json or file>", "an object with what else the body has")
    .action(async (name: string, options: CallbackOptions & { body?: string }) => {
      const more = options.body === undefined ? {} : JSON.parse(jsonIn(options.body));
      const body = JSON.stringify({ CallbackCommand: name, ...more });
      await playAndPrint(options, name, body);
    });

  callbackCommand(program, {
    name: "probe",
    summary: "the console's button that checks the URL",
    description:
      "Sends what the console's URL check is reported to send: a signed request without a command " +
      "and without a body. What it really sends is not documented.",
    examples: { "npm run simulate -- probe": "check that callbacks are answered" },
  }).action((options: CallbackOptions) => playAndPrint(options, undefined, ""));

  callbackCommand(program, {
    name: "raw",
    summary: "any body, from a file",
    description: "Sends a file as it is, whether it is a callback's body or not.",
    examples: { "npm run simulate -- raw callback.json": "send a file" },
  })
    .argument("<file>", "- for standard input")
    .option("--command <name>", "CallbackCommand of the URL; else the one that the body names")
    .action(async (file: string, options: CallbackOptions & { command?: string }) => {
      const body = readFileSync(file === "-" ? process.stdin.fd : file, "utf8");
      await playAndPrint(options, options.command ?? commandIn(body), body);
    });
}
