import { type Command, Option } from "commander";
import { parseDelimiter } from "../../src/spreadsheet/delimiter.ts";
import { taken } from "./arguments.ts";

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

const encoding = taken((label) => {
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return undefined;
  }
}, "an encoding, such as utf-8, gb18030, utf-16le, big5 or windows-1252");
