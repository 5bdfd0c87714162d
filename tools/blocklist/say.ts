import type { Problem } from "../../src/blocklist/entry.ts";
import type { Storage } from "../lib/storage.ts";
import { EXIT, say } from "../lib/tool.ts";
import { isFiltered } from "./kinds.ts";
import { describeStorage } from "./kv.ts";
import { problemLine } from "./problem-line.ts";

/** Prints what is wrong. If something is, it sets the exit code. */
export function report(
  where: string,
  problems: readonly Problem[],
  print: (line: string) => void,
): void {
  if (problems.length === 0) return;
  for (const problem of problems) print(problemLine(where, problem));
  print(`${where}: ${counted(problems, "problem")}`);
  process.exitCode = EXIT.no;
}

/** wrangler says "Success" for every storage. This says which one it was. */
export function wrote(what: string, storage: Storage): void {
  console.log(`${what} in ${describeStorage(storage)}.`);
  say(
    storage.remote
      ? `it takes up to ${isFiltered(storage) ? "two minutes" : "60 seconds"} or more until every place sees it`
      : "your Cloudflare account is as it was: add --remote to change it",
  );
}

export function rulesCount(rules: readonly unknown[]): string {
  return counted(rules, "rule");
}

function counted(things: readonly unknown[], name: string): string {
  return `${things.length} ${name}${things.length === 1 ? "" : "s"}`;
}
