import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import { type TargetOptions, targetOf, withTarget } from "../lib/target.ts";
import {
  friendAddBody,
  friendDeleteBody,
  friendResponseBody,
  type Pair,
  RESPONSE_ACTIONS,
  type ResponseAction,
} from "../tencent/bodies.ts";
import { commandIn, play } from "./callback.ts";
import { printed } from "./print.ts";

type PairOptions = TargetOptions & { oneWay?: true };
type AddOptions = { initiator?: string; clientCmd?: string; admin?: string; force?: true };
type ResponseOptions = TargetOptions & {
  action: ResponseAction;
  requester?: string;
  remark?: string;
  group?: string;
  old?: true;
};

const oneWay = "only <to> comes into, or leaves, the list of <from>";

/** A command for each callback, and for any body. */
export function addCallbackCommands(program: Command): void {
  withTarget(program.command("friend-add"))
    .summary("two users have become friends (Sns.CallbackFriendAdd)")
    .description("Says that <to> is now in <from>'s list of friends, and <from> in <to>'s.")
    .argument("<from>")
    .argument("<to>")
    .option("--one-way", oneWay)
    .option("--initiator <user>", "who asked for the friendship; else each pair's first")
    .option("--client-cmd <word>", "friend_add, friend_response, FriendAdd or FriendResponse")
    .option("--admin <user>", "the admin that did it for them")
    .option("--force", "the admin forced it")
    .action(async (from: string, to: string, options: PairOptions & AddOptions) => {
      const { initiator, clientCmd, admin, force } = options;
      const body = friendAddBody(pairsOf(from, to, options), {
        initiatorId: initiator ?? from,
        clientCmd,
        adminId: admin,
        forced: force,
      });
      await playAndPrint(options, body.CallbackCommand, JSON.stringify(body));
    });

  withTarget(program.command("friend-delete"))
    .summary("two users are friends no more (Sns.CallbackFriendDelete)")
    .description("Says that <to> has left <from>'s list of friends, and <from> has left <to>'s.")
    .argument("<from>")
    .argument("<to>")
    .option("--one-way", oneWay)
    .option("--old", "the oldest version of the body: a TimeStamp in each pair")
    .action(async (from: string, to: string, options: PairOptions & { old?: true }) => {
      const timeStamp = options.old && Math.floor(Date.now() / 1000);
      const body = friendDeleteBody(pairsOf(from, to, options), timeStamp);
      await playAndPrint(options, body.CallbackCommand, JSON.stringify(body));
    });

  withTarget(program.command("friend-response"))
    .summary("may a user answer friend requests? (Sns.CallbackPrevFriendResponse)")
    .description("Asks whether <responder> may answer the friend requests of the applicants.")
    .argument("<responder>")
    .argument("<applicants...>")
    .addOption(
      new Option("--action <action>", "what the responder answers")
        .choices(Object.keys(RESPONSE_ACTIONS))
        .default("agree-and-add"),
    )
    .option("--requester <user>", "who sends the answer, where it is not the responder")
    .option("--remark <text>", "the responder's name for the applicants")
    .option("--group <name>", "the responder's group for the applicants")
    .option("--old", "an old version of the body: no EventTime")
    .action(async (responder: string, applicants: string[], options: ResponseOptions) => {
      const { action, requester, remark = "", group = "", old } = options;
      const body = friendResponseBody(
        responder,
        applicants.map((To_Account) => ({
          To_Account,
          Remark: remark,
          TagName: group,
          ResponseAction: RESPONSE_ACTIONS[action],
        })),
        { requesterId: requester ?? responder, ...(!old && { eventTimeMs: Date.now() }) },
      );
      await playAndPrint(options, body.CallbackCommand, JSON.stringify(body));
    });

  withTarget(program.command("probe"))
    .summary("the console's button that checks the URL")
    .description(
      "Sends what the console's URL check is reported to send: a signed request without a command " +
        "and without a body. What it really sends is not documented.",
    )
    .action((options: TargetOptions) => playAndPrint(options, undefined, ""));

  withTarget(program.command("raw"))
    .summary("any body, from a file")
    .description("Sends a file as it is, whether it is a callback's body or not.")
    .argument("<file>", "- for standard input")
    .option("--command <name>", "CallbackCommand of the URL; else the one that the body names")
    .action(async (file: string, options: TargetOptions & { command?: string }) => {
      const body = readFileSync(file === "-" ? process.stdin.fd : file, "utf8");
      await playAndPrint(options, options.command ?? commandIn(body), body);
    });
}

function pairsOf(from: string, to: string, { oneWay }: PairOptions): Pair[] {
  return oneWay
    ? [[from, to]]
    : [
        [from, to],
        [to, from],
      ];
}

async function playAndPrint(
  options: TargetOptions,
  command: string | undefined,
  body: string,
): Promise<void> {
  const { sent, effect } = await play(targetOf(options), command, body);
  console.log(printed(sent, effect));
  if (effect.problems.length > 0) process.exitCode = 1;
}
