/** A command line that can be pasted into a POSIX shell. */
export function shellCommand(args: readonly string[]): string {
  return args.map(quoted).join(" ");
}

function quoted(arg: string): string {
  return /^[\w\-./:%=,@]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`;
}
