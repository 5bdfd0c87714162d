import Table from "cli-table3";
import type { Entry } from "../../src/blocklist/entry.ts";
import { fieldsOf } from "../../src/blocklist/fields.ts";
import { isLimit, toldOf } from "../../src/blocklist/limit.ts";
import { parseKey } from "../../src/blocklist/parse-key.ts";
import { type Action, parseRule } from "../../src/blocklist/value.ts";
import { momentText } from "../../src/spreadsheet/moment.ts";
import { shown } from "../../src/spreadsheet/written.ts";

/** The table for people: the ids as they are, and each rule as the Worker takes it. */
export function rulesTable(entries: readonly Entry[]): string {
  const table = new Table({
    head: ["kind", "about", "mode", "code", "reason", "only for", "expires", "note"],
    style: { head: [], border: [], compact: true },
  });
  for (const { key, value, expiration } of entries) {
    const parsed = parseKey(key);
    const rule = parseRule(value);
    const fields = fieldsOf(value);
    const cells = [
      parsed.ok ? parsed.kind : "(never read)",
      parsed.ok ? parsed.parts.join(" → ") : key,
      rule.mode,
      rule.mode === "allow" ? "" : rule.code,
      rule.mode === "allow" ? "" : toldOf(rule, rule.actions.at(-1) as Action),
      [fields?.actions, rule.platforms].filter(Array.isArray).flat().join(", "),
      expiration === undefined ? "" : momentText(expiration * 1_000),
      rule.broken
        ? "(its value cannot be read)"
        : `${isLimit(rule) ? "(made by REQUESTS_PER_DAY) " : ""}${fields?.note ?? ""}`,
    ];
    table.push(cells.map((cell) => shown(String(cell))));
  }
  return table.toString();
}
