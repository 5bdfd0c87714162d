import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../tools/lib/wrangler.ts";
import { PRICES } from "./prices.ts";
import type { Conditions, PartName, Results } from "./results.ts";
import { scaleTables } from "./scale-tables.ts";
import { type Table, tablesOf } from "./tables.ts";

const PARTS: PartName[] = [
  ...(["counts", "edge", "relay", "peers", "consumer"] as const),
  ...(["shards", "sizes", "startup", "load", "soak"] as const),
];

/** The documents with figures of results.json, each between markers. */
export const DOCUMENTS = ["docs/performance.md", "README.md", "README.zh-CN.md"];

/** A document's text. Between its markers are the figures of `results`. */
export function withFigures(text: string, results: Results): string {
  return text.replace(
    /(<!-- bench:(\S+) -->\n)[\s\S]*?(<!-- \/bench -->)/g,
    (_, start: string, name: string, end: string) => `${start}${blockOf(name, results)}${end}`,
  );
}

export function writeDocuments(results: Results): void {
  for (const name of DOCUMENTS) {
    const file = join(root, name);
    writeFileSync(file, withFigures(readFileSync(file, "utf8"), results));
  }
}

function blockOf(name: string, results: Results): string {
  if (name === "costs") return markdown(costsOf(results));
  if (name === "scale") return scaleTables(results).map(markdown).join("\n");
  const part = PARTS.find((known) => known === name);
  if (part === undefined) throw new Error(`no such figures: ${name}`);
  const measured = results[part];
  if (measured === undefined) return "Not measured yet.\n";
  return `${tablesOf(part, results).map(markdown).join("\n")}\n${said(measured)}\n`;
}

/** The cost of the counted callbacks with one, ten and a hundred items. */
function costsOf({ counts }: Results): Table {
  const kinds = new Map<string, string[]>();
  for (const { kind, dollarsPerMillion } of counts?.result ?? []) {
    kinds.set(kind, [...(kinds.get(kind) ?? []), `$${dollarsPerMillion.toFixed(2)}`]);
  }
  return {
    title: "",
    head: [`A million callbacks, prices of ${PRICES.asOf}`, "1 item", "10 items", "100 items"],
    rows: [...kinds].map(([kind, dollars]) => [kind, ...dollars]),
  };
}

function said({ date, processors, versions }: Conditions): string {
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `${date}, ${processors}; ${list.join(", ")}.`;
}

function markdown({ head, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  return line(head) + line(head.map(() => "---")) + rows.map(line).join("");
}
