import type { Command } from "commander";
import { COLUMNS } from "../../src/blocklist/csv-row.ts";
import type { Entry, Located, ReadEntries } from "../../src/blocklist/entry.ts";
import { CELLS_HELP } from "../../src/spreadsheet/cell.ts";
import { withEncoding } from "../lib/spreadsheet-options.ts";
import { EXIT, say, ToolError } from "../lib/tool.ts";
import { problemLine } from "./problem-line.ts";
import { type FileOptions, readRules, readUnlintedRules } from "./rules-file.ts";
import { report } from "./say.ts";

export const FORCE = "take what is only in doubt, such as a platform that no page knows";

/** The options for a file whose rules are checked. */
export function withFileOptions(command: Command): Command {
  return withEncoding(command).option("--force", FORCE);
}

export const CSV_HELP = {
  "A CSV file":
    `Its first row names its columns, of ${COLUMNS.join(", ")}. Each row needs kind and id; a pair needs ` +
    "from and to in place of id. Lists have | between their items. It may be as Excel and WPS save it: in " +
    `UTF-8, UTF-16 or GB18030, with commas, semicolons or tabs.\n${CELLS_HELP}`,
};

/** The rules of a file, and what is wrong with them. Says on stderr how the file was read. */
export function readShown(file: string, options: FileOptions): ReadEntries {
  return told(file, readRules(file, options));
}

/**
 * The rules of a file. Nothing may be wrong in it.
 *
 * @param undone what has not been done if something is wrong
 * @throws {ToolError} if something is wrong, after saying what
 */
export function readSound(
  file: string,
  options: FileOptions,
  { undone, exit }: { undone: string; exit: number },
): Located<Entry>[] {
  return sound(file, readShown(file, options), { undone, exit });
}

/** The rules of a file that can be read. What they say is not checked. */
export function readUnlinted(file: string, options: FileOptions): Located<Entry>[] {
  const read = told(file, readUnlintedRules(file, options));
  return sound(file, read, { undone: "nothing was removed", exit: EXIT.unreachable });
}

function told(file: string, read: ReturnType<typeof readRules>): ReadEntries {
  for (const message of read.notes) say(problemLine(file, { line: undefined, message }));
  return read;
}

function sound(
  file: string,
  { entries, problems }: ReadEntries,
  { undone, exit }: { undone: string; exit: number },
): Located<Entry>[] {
  if (problems.length === 0) return entries;
  report(file, problems, say);
  throw new ToolError(undone, `correct ${file}, and run it again`, exit);
}
