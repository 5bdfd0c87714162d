import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import { ACTIONS, type Action } from "../../src/blocklist/value.ts";
import { withHelp } from "../lib/help.ts";
import { type TargetOptions, withTarget } from "../lib/target.ts";
import { UsageError, withJson } from "../lib/tool.ts";
import {
  friendAddBody,
  friendDeleteBody,
  friendResponseBody,
  type Pair,
  responseActionOf,
} from "../tencent/bodies.ts";
import { commandIn } from "./callback.ts";
import { jsonIn } from "./json-in.ts";
import { playAndPrint } from "./play-and-print.ts";

type CallbackOptions = TargetOptions & { json?: true };
type SelfOptions = { yes?: true };
type PairOptions = CallbackOptions & SelfOptions & { oneWay?: true };
type AddOptions = { initiator?: string; clientCmd?: string; admin?: string; force?: true };
type ResponseOptions = CallbackOptions &
  SelfOptions & {
    action: Action;
    requester?: string;
    remark?: string;
    group?: string;
    old?: true;
  };

const oneWay = "only <to> comes into, or leaves, the list of <from>";
const yes = ["--yes", "send it even if it is about a user and that same user"] as const;

/** A command for each callback, and for any body. */
export function addCallbackCommands(program: Command): void {
  callback(program, "friend-add", {
    "npm run simulate -- friend-add alice bob": "alice and bob become friends",
  })
    .summary("two users become friends")
    .description(
      "Says that <to> is now in <from>'s list of friends, and <from> in <to>'s (Sns.CallbackFriendAdd).",
    )
    .argument("<from>")
    .argument("<to>")
    .option("--one-way", oneWay)
    .option(...yes)
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

  callback(program, "friend-delete", {
    "npm run simulate -- friend-delete alice bob --one-way": "alice deletes bob",
  })
    .summary("two users part")
    .description(
      "Says that <to> has left <from>'s list of friends, and <from> has left <to>'s (Sns.CallbackFriendDelete).",
    )
    .argument("<from>")
    .argument("<to>")
    .option("--one-way", oneWay)
    .option(...yes)
    .option("--old", "the oldest version of the body: a TimeStamp in each pair")
    .action(async (from: string, to: string, options: PairOptions & { old?: true }) => {
      const timeStamp = options.old && Math.floor(Date.now() / 1000);
      const body = friendDeleteBody(pairsOf(from, to, options), timeStamp);
      await playAndPrint(options, body.CallbackCommand, JSON.stringify(body));
    });

  callback(program, "friend-response", {
    "npm run simulate -- friend-response alice spammer --action AgreeAndAdd":
      "may alice accept what spammer asks?",
  })
    .summary("may a user answer requests?")
    .description(
      "Asks whether <responder> may answer the friend requests of the applicants (Sns.CallbackPrevFriendResponse).",
    )
    .argument("<responder>")
    .argument("<applicants...>")
    .addOption(
      new Option("--action <action>", "what the responder answers")
        .choices(ACTIONS)
        .default("AgreeAndAdd"),
    )
    .option(...yes)
    .option("--requester <user>", "who sends the answer, where it is not the responder")
    .option("--remark <text>", "the responder's name for the applicants")
    .option("--group <name>", "the responder's group for the applicants")
    .option("--old", "an old version of the body: no EventTime")
    .action(async (responder: string, applicants: string[], options: ResponseOptions) => {
      const { action, requester, remark = "", group = "", old } = options;
      for (const applicant of applicants) refuseSelf(responder, applicant, options);
      const body = friendResponseBody(
        responder,
        applicants.map((To_Account) => ({
          To_Account,
          Remark: remark,
          TagName: group,
          ResponseAction: responseActionOf(action),
        })),
        { requesterId: requester ?? responder, ...(!old && { eventTimeMs: Date.now() }) },
      );
      await playAndPrint(options, body.CallbackCommand, JSON.stringify(body));
    });

  callback(program, "callback", {
    "npm run simulate -- callback C2C.CallbackBeforeSendMsg": "a message is about to be sent",
    "npm run simulate -- callback Group.CallbackAfterNewMemberJoin --body group.json":
      "with what the body has besides",
  })
    .summary("any callback, by its command")
    .description(
      "Sends the callback of any command. By its name it comes before an action, which the answer can " +
        "refuse, or after one. What is sent has CallbackCommand and what --body adds.",
    )
    .argument("<command>", "C2C.CallbackBeforeSendMsg, State.StateChange, …")
    .option("--body <json or file>", "an object with what else the body has")
    .action(async (name: string, options: CallbackOptions & { body?: string }) => {
      const more = options.body === undefined ? {} : JSON.parse(jsonIn(options.body));
      const body = JSON.stringify({ CallbackCommand: name, ...more });
      await playAndPrint(options, name, body);
    });

  callback(program, "probe", {
    "npm run simulate -- probe": "check that callbacks are answered",
  })
    .summary("the console's button that checks the URL")
    .description(
      "Sends what the console's URL check is reported to send: a signed request without a command " +
        "and without a body. What it really sends is not documented.",
    )
    .action((options: CallbackOptions) => playAndPrint(options, undefined, ""));

  callback(program, "raw", {
    "npm run simulate -- raw callback.json": "send a file",
  })
    .summary("any body, from a file")
    .description("Sends a file as it is, whether it is a callback's body or not.")
    .argument("<file>", "- for standard input")
    .option("--command <name>", "CallbackCommand of the URL; else the one that the body names")
    .action(async (file: string, options: CallbackOptions & { command?: string }) => {
      const body = readFileSync(file === "-" ? process.stdin.fd : file, "utf8");
      await playAndPrint(options, options.command ?? commandIn(body), body);
    });
}

function callback(program: Command, name: string, examples: Record<string, string>): Command {
  return withHelp(withJson(withTarget(program.command(name))), { examples });
}

function pairsOf(from: string, to: string, options: PairOptions): Pair[] {
  refuseSelf(from, to, options);
  return options.oneWay
    ? [[from, to]]
    : [
        [from, to],
        [to, from],
      ];
}

/** Tencent has no such friendship: it is a slip of the hand, or a test of what the Worker does. */
function refuseSelf(one: string, other: string, { yes }: SelfOptions): void {
  if (one !== other || yes) return;
  throw new UsageError(`${one} cannot be their own friend`, "to send it all the same, add --yes");
}
