import { stripVTControlCharacters } from "node:util";
import { Command, CommanderError } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { withHelp } from "./help.ts";
import { shownJson, shownLines } from "./terminal.ts";

/** How every tool ends: docs/tools.md. */
export const EXIT = {
  done: 0,
  /** The tool did its work, and the answer is no: blocked, drift, problems found. */
  no: 1,
  /** The command cannot be done as it was given. */
  usage: 2,
  /** Something could not be reached or read. */
  unreachable: 3,
  interrupted: 130,
} as const;

/** What ends a tool, and what to do next. */
export class ToolError extends Error {
  override name = "ToolError";
  readonly todo: string;
  readonly exit: number;

  constructor(message: string, todo: string, exit: number = EXIT.unreachable) {
    super(message);
    this.todo = todo;
    this.exit = exit;
  }
}

/** The command cannot be done as it was given. */
export class UsageError extends ToolError {
  override name = "UsageError";

  constructor(message: string, todo: string) {
    super(message, todo, EXIT.usage);
  }
}

export type ToolOptions = {
  /** As it is called: `npm run doctor --`. */
  command: string;
  description: string;
  /** When its exit code is 1. Undefined for a tool that never answers no. */
  no?: string;
};

/** The program of a tool; `run` runs it. */
export function tool({ command, description, no }: ToolOptions): Command {
  const program = new Command(command)
    .description(description)
    .version(packageJson.version, "--version", "print the version")
    .helpOption("-h, --help", "print this help")
    // Long names of arguments leave little room beside them.
    .configureHelp({ minWidthToWrap: 20 })
    .exitOverride()
    .configureOutput({ outputError: (text) => say(text.replace(/^error: /, "").trimEnd()) })
    .hook("preAction", (_, action) => {
      if (action.opts().json) refuseBanner(action);
    });
  const answer = no === undefined ? "" : ` 1: ${no}.`;
  return withHelp(program, {
    sections: {
      "Exit code":
        `0: done.${answer} 2: the command was wrong. 3: something could not be reached or read. ` +
        "130: interrupted.",
    },
  });
}

const interruption = new AbortController();

/** Ctrl-C, TERM and HUP abort it. Everything that a tool waits for ends with it. */
export const interrupted: AbortSignal = interruption.signal;

/** How long a tool may take to clean up after it was interrupted. A second signal ends it at once. */
const CLEAN_UP_MS = 10_000;

const ends: (() => Promise<void>)[] = [];

/** Runs `end` when the program has ended, with or without an error. It closes what was opened. */
export function atEnd(end: () => Promise<void>): void {
  ends.push(end);
}

/** Runs a program to its end, and sets the exit code. */
export async function run(program: Command): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", ignoreClosedPipe);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, interrupt);
  whenOrphaned(interrupt);
  inherit(program);
  let error: unknown;
  try {
    await program.parseAsync();
  } catch (thrown) {
    error = thrown;
  }
  for (const end of ends) await end();
  if (interrupted.aborted) {
    // A tool may say how far its work came. What was under way failed only because of the interruption.
    if (error instanceof ToolError && error.exit === EXIT.interrupted)
      say(error.message, error.todo);
    else say("interrupted");
    process.exit(EXIT.interrupted);
  }
  if (error !== undefined) process.exitCode = failure(error);
}

/** For everything that is not data: progress, messages and errors. */
export function say(message: string, todo?: string): void {
  const text = todo === undefined ? message : `${message}\n→ ${todo}`;
  console.error(`friendgate: ${shownLines(text).replaceAll("\n", "\n  ")}`);
}

/** The result of a command with `--json`. Nothing else goes to stdout. */
export function printJson(value: unknown): void {
  console.log(shownJson(value, 2));
}

/** Adds `--json` to a command that prints results. */
export function withJson(command: Command): Command {
  return command.option("--json", "print the result as JSON, in the shape that docs/tools.md has");
}

/**
 * npm prints a banner to stdout. In a file or a pipe it would stand before the data.
 *
 * @throws {UsageError} if it would
 */
export function refuseBanner(command: Command): void {
  const { npm_lifecycle_event: running, npm_config_loglevel: level } = process.env;
  const [, script] = /^npm (?:run )?(\S+)/.exec(fullName(command)) ?? [];
  if (process.stdout.isTTY || running !== script || level === "silent") return;
  throw new UsageError("npm's banner would stand before the data", `use npm run -s ${script} -- …`);
}

function interrupt(): void {
  if (interrupted.aborted) process.exit(EXIT.interrupted);
  interruption.abort(new Error("interrupted"));
  setTimeout(() => process.exit(EXIT.interrupted), CLEAN_UP_MS).unref();
}

/** npm dies of HUP and does not tell its child. It does hand TERM on. */
function whenOrphaned(act: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    act();
  }, 500);
  watch.unref();
}

/** Says what went wrong, and gives the exit code. */
function failure(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const message = error instanceof Error ? error.message : String(error);
  say(stripVTControlCharacters(message), todoFor(error));
  return error instanceof ToolError ? error.exit : EXIT.unreachable;
}

function todoFor(error: unknown): string {
  if (error instanceof ToolError) return error.todo;
  // Errors of the system name the path and have a code.
  if (error instanceof Error && "code" in error && "path" in error) {
    return "see whether the path is right, and whether you may read it";
  }
  return `try again; if it stays so, report it: ${packageJson.repository.url.replace(/^git\+|\.git$/g, "")}/issues`;
}

/**
 * A reader that has seen enough closes the pipe. The tool goes on: this must not break off a deployment
 * or an import. The exit code stays true.
 */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_DESTROYED") throw error;
}

/** Commander hands settings down to commands from `.command()`, but not to those from `.addCommand()`. */
function inherit(command: Command): void {
  command.showHelpAfterError(`  → ${fullName(command)} --help shows how, with examples`);
  for (const each of command.commands) inherit(each.copyInheritedSettings(command));
}

function fullName(command: Command): string {
  return command.parent ? `${fullName(command.parent)} ${command.name()}` : command.name();
}
