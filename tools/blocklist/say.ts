import type { Storage } from "../lib/storage.ts";
import { shownLines } from "../lib/terminal.ts";
import { type Problem, problemLine } from "./entry.ts";
import { describeStorage } from "./kv.ts";

export function fail(message: string): void {
  console.error(shownLines(message));
  process.exitCode = 1;
}

/** Prints what is wrong, and makes the exit code 1 if anything is. */
export function report(
  where: string,
  problems: readonly Problem[],
  print: (line: string) => void,
): void {
  if (problems.length === 0) return;
  for (const problem of problems) print(problemLine(where, problem));
  print(`${where}: ${problems.length} ${problems.length === 1 ? "problem" : "problems"}`);
  process.exitCode = 1;
}

/** wrangler says "Success" wherever it wrote to: this says where. */
export function wrote(what: string, storage: Storage): void {
  console.log(`${what} in ${describeStorage(storage)}.`);
  console.log(
    storage.remote
      ? "It takes up to 60 seconds or more until every place sees it."
      : "Your Cloudflare account is as it was: add --remote to change it.",
  );
}

export function rulesCount(rules: readonly unknown[]): string {
  return rules.length === 1 ? "1 rule" : `${rules.length} rules`;
}

/**
 * Whether the output holds the data alone: `npm run` prints a banner to stdout, and in a file it
 * would stand before the data.
 */
export function isDataAlone(env: NodeJS.ProcessEnv, isTerminal: boolean | undefined): boolean {
  if (isTerminal || env.npm_lifecycle_event !== "blocklist") return true;
  if (env.npm_config_loglevel === "silent") return true;
  fail("npm's banner would stand in the output: use npm run --silent blocklist -- …");
  return false;
}
