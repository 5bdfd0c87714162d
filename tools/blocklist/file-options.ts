import { type Command, Option } from "commander";
import { taken } from "../lib/arguments.ts";
import { EXIT, say, ToolError } from "../lib/tool.ts";
import { CELLS_HELP } from "./cell.ts";
import { COLUMNS } from "./csv-row.ts";
import { parseDelimiter } from "./delimiter.ts";
import { type Entry, type Located, problemLine, type ReadEntries } from "./entry.ts";
import { type FileOptions, readRules, readUnlintedRules } from "./rules-file.ts";
import { report } from "./say.ts";

export const FORCE = "take what is only in doubt, such as a platform that no page knows";

const encoding = taken((label) => {
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return undefined;
  }
}, "an encoding, such as utf-8, gb18030, utf-16le, big5 or windows-1252");

/** The options for a file whose rules are checked. */
export function withFileOptions(command: Command): Command {
  return withEncoding(command).option("--force", FORCE);
}

/** The options for a file that a spreadsheet may have written. */
export function withEncoding(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--encoding <name>",
        "of the file, where it is not found out: gb18030, windows-1252, …",
      ).argParser(encoding),
    )
    .addOption(
      new Option(
        "--delimiter <character>",
        "between the cells, where it is not found out: , ; or tab",
      ).argParser(taken(parseDelimiter, "one character, or tab")),
    );
}

export const CSV_HELP = {
  "A CSV file":
    `Its first row names its columns, of ${COLUMNS.join(", ")}. Each row needs kind and id; a pair needs ` +
    "from and to in place of id. Lists have | between their items. It may be as Excel and WPS save it: in " +
    `UTF-8, UTF-16 or GB18030, with commas, semicolons or tabs.\n${CELLS_HELP}`,
};

/** The rules of a file and what is wrong with them. What the file was taken for is said on stderr. */
export function readShown(file: string, options: FileOptions): ReadEntries {
  return told(file, readRules(file, options));
}

/**
 * The rules of a file in which nothing is wrong.
 *
 * @param undone what has not been done where something is
 * @throws {ToolError} then; what is wrong has been said
 */
export function readSound(
  file: string,
  options: FileOptions,
  { undone, exit }: { undone: string; exit: number },
): Located<Entry>[] {
  return sound(file, readShown(file, options), { undone, exit });
}

/** The rules of a file that can be read, whatever they say. */
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
