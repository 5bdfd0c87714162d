import type { Command } from "commander";
import { withHelp } from "../lib/help.ts";
import { type TargetOptions, withTarget } from "../lib/target.ts";
import { UsageError, withJson } from "../lib/tool.ts";

export type CallbackOptions = TargetOptions & { json?: true };

/** The parts of every command that sends one callback. */
export type CallbackCommand = {
  name: string;
  summary: string;
  description: string;
  examples: Record<string, string>;
};

export function callbackCommand(
  program: Command,
  { name, summary, description, examples }: CallbackCommand,
): Command {
  const command = program.command(name).summary(summary).description(description);
  return withHelp(withJson(withTarget(command)), { examples });
}

export type SelfOptions = { yes?: true };

/** For a callback that is about two users. */
export function withSelf(command: Command): Command {
  return command.option("--yes", "send it even if it is about a user and that same user");
}

/** Tencent has nothing like it. It is a typing mistake, or a test of the Worker. */
export function refuseSelf(one: string, other: string, { yes }: SelfOptions): void {
  if (one !== other || yes) return;
  throw new UsageError(
    `${one} is both of them: Tencent sends no such callback`,
    "to send it all the same, add --yes",
  );
}
