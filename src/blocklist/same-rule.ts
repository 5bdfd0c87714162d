import type { Entry } from "./entry.ts";
import { fieldsOf } from "./fields.ts";

/** Whether two rules say the same, however their values are spelt. */
export function isSameRule(a: Entry, b: Entry): boolean {
  return said(a) === said(b);
}

function said({ key, value, expiration, expiration_ttl: ttl, metadata }: Entry): string {
  const all = { key, expiration, ttl, metadata, fields: fieldsOf(value) ?? value };
  return JSON.stringify(all, (_, part) => (isTable(part) ? inOrder(part) : part));
}

/** JSON has names in any order. */
function inOrder(table: object): object {
  const names = Object.keys(table).sort() as (keyof typeof table)[];
  return Object.fromEntries(names.map((name) => [name, table[name]]));
}

function isTable(part: unknown): part is object {
  return typeof part === "object" && part !== null && !Array.isArray(part);
}
