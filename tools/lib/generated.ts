import { readFileSync, writeFileSync } from "node:fs";
import { EXIT, say } from "./tool.ts";

const fileOf = (path: string) => new URL(`../../${path}`, import.meta.url);

/** The text of a file of the project. */
export function projectText(path: string): string {
  return readFileSync(fileOf(path), "utf8");
}

/**
 * Writes a file of the project that comes from something else. With `check` it writes nothing: if the file is
 * not up to date, it says so, and the exit code is the answer no.
 *
 * @param todo what brings it up to date
 */
export function keepGenerated(
  path: string,
  text: string,
  { check, todo }: { check?: true | undefined; todo: string },
): void {
  if (!check) {
    writeFileSync(fileOf(path), text);
  } else if (projectText(path) !== text) {
    say(`${path} is not up to date`, todo);
    process.exitCode = EXIT.no;
  }
}
