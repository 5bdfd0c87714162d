import { resolve } from "node:path";
import type { Command } from "commander";
import type { Target } from "./kv.ts";

/** Where a command works, by the options of the program. */
export function targetOf(command: Command): Target {
  const { remote = false, persistTo } = command.optsWithGlobals<{
    remote?: boolean;
    persistTo?: string;
  }>();
  return { remote, persistTo: persistTo === undefined ? undefined : resolve(persistTo) };
}
