import { type Command, Option } from "commander";
import { RESPONSE_ACTIONS, type ResponseAction } from "../../src/blocklist/value.ts";
import {
  type AskingOptions,
  friendRequestBody,
  friendResponseBody,
  responseActionOf,
} from "../tencent/bodies.ts";
import {
  type CallbackCommand,
  type CallbackOptions,
  callbackCommand,
  refuseSelf,
  type SelfOptions,
  withSelf,
} from "./callback-command.ts";
import { playAndPrint } from "./play-and-print.ts";

type QuestionOptions = CallbackOptions &
  SelfOptions & {
    requester?: string;
    remark?: string;
    group?: string;
    old?: true;
    /** Of a request. */
    wording?: string;
    source?: string;
    oneWay?: true;
    force?: true;
    /** Of a response. */
    action: ResponseAction;
  };

type QuestionCommand = CallbackCommand & {
  /** Who asks, and the others. */
  user: string;
  others: string;
  options: readonly Option[];
  bodyOf: (
    user: string,
    others: readonly string[],
    options: QuestionOptions,
    asking: AskingOptions,
  ) => { CallbackCommand: string };
};

/** What Tencent asks before it happens. */
const QUESTIONS: readonly QuestionCommand[] = [
  {
    name: "friend-request",
    summary: "may a user ask others to be friends?",
    description:
      "Asks whether <applicant> may send a friend request to the responders (Sns.CallbackPrevFriendAdd).",
    examples: {
      "npm run simulate -- friend-request spammer alice bob": "may spammer ask alice and bob?",
    },
    user: "applicant",
    others: "responders",
    options: [
      new Option("--wording <text>", "what the applicant writes to the responders"),
      new Option("--source <word>", "where the request comes from, such as Search"),
      new Option("--one-way", "only the responders come into the applicant's list"),
      new Option("--force", "nobody has to answer"),
    ],
    bodyOf: (user, others, { remark = "", group = "", wording = "", source, ...rest }, asking) =>
      friendRequestBody(
        user,
        others.map((To_Account) => ({
          To_Account,
          Remark: remark,
          GroupName: group,
          AddSource: `AddSource_Type_${source ?? "Simulate"}`,
          AddWording: wording,
        })),
        { ...asking, oneWay: rest.oneWay ?? false, forced: rest.force ?? false },
      ),
  },
  {
    name: "friend-response",
    summary: "may a user answer requests?",
    description:
      "Asks whether <responder> may answer the friend requests of the applicants (Sns.CallbackPrevFriendResponse).",
    examples: {
      "npm run simulate -- friend-response alice spammer --action AgreeAndAdd":
        "may alice accept what spammer asks?",
    },
    user: "responder",
    others: "applicants",
    options: [
      new Option("--action <action>", "what the responder answers")
        .choices(RESPONSE_ACTIONS)
        .default("AgreeAndAdd"),
    ],
    bodyOf: (user, others, { action, remark = "", group = "" }, asking) =>
      friendResponseBody(
        user,
        others.map((To_Account) => ({
          To_Account,
          Remark: remark,
          TagName: group,
          ResponseAction: responseActionOf(action),
        })),
        asking,
      ),
  },
];

/** A command for each callback that asks, item by item. */
export function addQuestionCommands(program: Command): void {
  for (const question of QUESTIONS) {
    const { user, others } = question;
    const command = withSelf(
      callbackCommand(program, question).argument(`<${user}>`).argument(`<${others}...>`),
    );
    for (const option of question.options) command.addOption(option);
    command
      .option("--requester <user>", `who sends it, where that is not the ${user}`)
      .option("--remark <text>", `the ${user}'s name for the ${others}`)
      .option("--group <name>", `the ${user}'s group for the ${others}`)
      .option("--old", "an old version of the body: no EventTime")
      .action(async (from: string, to: string[], options: QuestionOptions) => {
        for (const other of to) refuseSelf(from, other, options);
        const body = question.bodyOf(from, to, options, {
          requesterId: options.requester ?? from,
          ...(!options.old && { eventTimeMs: Date.now() }),
        });
        await playAndPrint(options, body.CallbackCommand, JSON.stringify(body));
      });
  }
}
