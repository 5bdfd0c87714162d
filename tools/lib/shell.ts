import { shown } from "../../src/spreadsheet/written.ts";

/**
 * A command line that can be pasted into a POSIX shell. Control characters are written as $'\u001b'.
 * bash and zsh read that.
 */
export function shellCommand(args: readonly string[]): string {
  return args.map(quoted).join(" ");
}

function quoted(arg: string): string {
  if (shown(arg) !== arg) return `$'${shown(arg.replace(/[\\']/g, "\\$&"))}'`;
  return /^[\w\-./:%=,@]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`;
}
