import { shown } from "../../src/spreadsheet/written.ts";

/**
 * A command line that can be pasted into a POSIX shell. Control characters stand in it as $'\u001b',
 * which bash and zsh read.
 */
export function shellCommand(args: readonly string[]): string {
  return args.map(quoted).join(" ");
}

function quoted(arg: string): string {
  if (shown(arg) !== arg) return `$'${shown(arg.replace(/[\\']/g, "\\$&"))}'`;
  return /^[\w\-./:%=,@]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`;
}
