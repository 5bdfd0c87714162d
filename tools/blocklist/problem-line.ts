import type { Problem } from "../../src/blocklist/entry.ts";
import { shown } from "../../src/spreadsheet/written.ts";

/**
 * A problem as compilers print it, so that editors find the place:
 * `list.csv:12: user:bob: what is wrong`.
 */
export function problemLine(source: string, { line, key, message }: Problem): string {
  const place = line === undefined ? source : `${source}:${line}`;
  return shown([place, key, message].filter((part) => part !== undefined).join(": "));
}
