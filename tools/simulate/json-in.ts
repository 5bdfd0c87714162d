import { existsSync, readFileSync } from "node:fs";
import { UsageError } from "../lib/tool.ts";

/** JSON from the command line, or from a file. */
export function jsonIn(textOrFile: string): string {
  const isJson = /^\s*[[{]/.test(textOrFile);
  if (!isJson && !existsSync(textOrFile)) {
    throw new UsageError(
      `${textOrFile} is neither JSON nor a file`,
      "give an object such as '{\"ErrorCode\":0}', or the path of a file with one",
    );
  }
  const json = isJson ? textOrFile : readFileSync(textOrFile, "utf8");
  try {
    JSON.parse(json);
    return json;
  } catch {
    throw new UsageError(`${isJson ? "this" : textOrFile} is not JSON`, "correct it");
  }
}
