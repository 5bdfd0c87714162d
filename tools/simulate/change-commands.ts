import type { Command } from "commander";
import { blacklistBody, friendAddBody, friendDeleteBody, type Pair } from "../tencent/bodies.ts";
import {
  type CallbackCommand,
  type CallbackOptions,
  callbackCommand,
  refuseSelf,
  type SelfOptions,
  withSelf,
} from "./callback-command.ts";
import { playAndPrint } from "./play-and-print.ts";

type ChangeOptions = CallbackOptions &
  SelfOptions & {
    oneWay?: true;
    initiator?: string;
    clientCmd?: string;
    admin?: string;
    force?: true;
    old?: true;
  };

type ChangeCommand = CallbackCommand & {
  /** The names of the two users. */
  users: readonly [string, string];
  /** True: each of two users has the other one in a list. Otherwise only the first has the second. */
  isMutual: boolean;
  options: readonly (readonly [flags: string, description: string])[];
  bodyOf: (pairs: readonly Pair[], options: ChangeOptions) => { CallbackCommand: string };
};

/** The callbacks that Tencent sends after a change. */
const CHANGES: readonly ChangeCommand[] = [
  {
    name: "friend-add",
    summary: "two users become friends",
    description:
      "Says that <to> is now in <from>'s list of friends, and <from> in <to>'s (Sns.CallbackFriendAdd).",
    examples: { "npm run simulate -- friend-add alice bob": "alice and bob become friends" },
    users: ["from", "to"],
    isMutual: true,
    options: [
      ["--initiator <user>", "who asked for the friendship; else each pair's first"],
      ["--client-cmd <word>", "friend_add, friend_response, FriendAdd or FriendResponse"],
      ["--admin <user>", "the admin that did it for them"],
      ["--force", "the admin forced it"],
    ],
    bodyOf: (pairs, { initiator, clientCmd, admin, force }) =>
      friendAddBody(pairs, {
        initiatorId: initiator ?? pairs[0]?.[0],
        clientCmd,
        adminId: admin,
        forced: force,
      }),
  },
  {
    name: "friend-delete",
    summary: "two users part",
    description:
      "Says that <to> has left <from>'s list of friends, and <from> has left <to>'s (Sns.CallbackFriendDelete).",
    examples: { "npm run simulate -- friend-delete alice bob --one-way": "alice deletes bob" },
    users: ["from", "to"],
    isMutual: true,
    options: [["--old", "the oldest version of the body: a TimeStamp in each pair"]],
    bodyOf: (pairs, { old }) => friendDeleteBody(pairs, old && Math.floor(Date.now() / 1000)),
  },
  {
    name: "blacklist-add",
    summary: "a user blacklists another one",
    description:
      "Says that <blocked> is now on <user>'s blacklist (Sns.CallbackBlackListAdd). Tencent also deletes " +
      "their friendship then, and tells of it: friend-delete.",
    examples: { "npm run simulate -- blacklist-add alice spammer": "alice blacklists spammer" },
    users: ["user", "blocked"],
    isMutual: false,
    options: [],
    bodyOf: (pairs) => blacklistBody("Add", pairs),
  },
  {
    name: "blacklist-delete",
    summary: "a user takes another one off the blacklist",
    description:
      "Says that <blocked> is no more on <user>'s blacklist (Sns.CallbackBlackListDelete).",
    examples: {
      "npm run simulate -- blacklist-delete alice bob": "alice blacklists bob no more",
    },
    users: ["user", "blocked"],
    isMutual: false,
    options: [],
    bodyOf: (pairs) => blacklistBody("Delete", pairs),
  },
];

/** A command for each callback that tells about a change. */
export function addChangeCommands(program: Command): void {
  for (const change of CHANGES) {
    const command = callbackCommand(program, change);
    for (const user of change.users) command.argument(`<${user}>`);
    if (change.isMutual) {
      command.option("--one-way", "only <to> comes into, or leaves, the list of <from>");
    }
    withSelf(command);
    for (const [flags, description] of change.options) command.option(flags, description);
    command.action(async (one: string, other: string, options: ChangeOptions) => {
      refuseSelf(one, other, options);
      const pairs: Pair[] = [[one, other]];
      if (change.isMutual && !options.oneWay) pairs.push([other, one]);
      const body = change.bodyOf(pairs, options);
      await playAndPrint(options, body.CallbackCommand, JSON.stringify(body));
    });
  }
}
