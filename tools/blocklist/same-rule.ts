import { isDeepStrictEqual } from "node:util";
import type { Entry } from "../../src/blocklist/entry.ts";
import { fieldsOf } from "../../src/blocklist/fields.ts";

/** Whether two rules say the same, however their values are spelt. */
export function isSameRule(a: Entry, b: Entry): boolean {
  return isDeepStrictEqual(said(a), said(b));
}

function said({ key, value, expiration, expiration_ttl: ttl, metadata }: Entry) {
  return { key, expiration, ttl, metadata, fields: fieldsOf(value) ?? value };
}
