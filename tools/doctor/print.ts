import { styleText } from "node:util";
import { shown } from "../../src/spreadsheet/written.ts";
import type { Finding, Level } from "./finding.ts";

const COLOURS: Record<Level, Parameters<typeof styleText>[0]> = {
  ok: "green",
  warning: "yellow",
  failed: "red",
  unknown: "gray",
};
const WHAT_WIDTH = 17;

export function lineOf({ level, what, found, todo }: Finding): string {
  const word = styleText(COLOURS[level], level.padEnd("unknown".length));
  const rest = `${what.padEnd(WHAT_WIDTH)}${found}${todo === undefined ? "" : ` → ${todo}`}`;
  return `${word}  ${shown(rest)}`;
}
