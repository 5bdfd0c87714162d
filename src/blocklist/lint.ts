import {
  KV_EXPIRATION_MAX_SECONDS,
  KV_METADATA_MAX_BYTES,
  KV_TTL_MIN_SECONDS,
  KV_VALUE_MAX_BYTES,
} from "../limits.ts";
import type { Entry, Located, Problem } from "./entry.ts";
import { lintValue } from "./fields.ts";
import { parseKey } from "./parse-key.ts";

const encoder = new TextEncoder();

/**
 * What is wrong with these rules.
 *
 * @param nowSeconds Unix seconds; undefined for rules that are stored already: they may end soon
 */
export function lintEntries(
  entries: readonly Located<Entry>[],
  nowSeconds: number | undefined,
): Problem[] {
  return entries.flatMap((entry) => {
    const { key, line } = entry;
    const parsed = parseKey(key);
    const messages = [
      ...(parsed.ok ? [] : [parsed.message]),
      ...lintValue(entry.value),
      ...lintSize("the value", entry.value, KV_VALUE_MAX_BYTES),
      ...lintSize("metadata", JSON.stringify(entry.metadata ?? {}), KV_METADATA_MAX_BYTES),
      ...(nowSeconds === undefined ? [] : lintExpiry(entry, nowSeconds)),
    ];
    return messages.map((message) => ({ line, key, message }));
  });
}

/** KV would refuse it only when it is written. Other rules would be stored by then. */
function lintSize(what: string, text: string, maxBytes: number): string[] {
  const bytes = encoder.encode(text).length;
  return bytes > maxBytes ? [`${what} has ${bytes} bytes, and KV takes ${maxBytes}`] : [];
}

function lintExpiry({ expiration, expiration_ttl: ttl }: Entry, nowSeconds: number): string[] {
  const seconds = expiration === undefined ? ttl : expiration - nowSeconds;
  if (expiration !== undefined && ttl !== undefined) {
    return ["has both expiration and expiration_ttl"];
  }
  if ((expiration ?? 0) > KV_EXPIRATION_MAX_SECONDS)
    return ["expires after KV's last day, 2038-01-19"];
  if (seconds === undefined || seconds >= KV_TTL_MIN_SECONDS) return [];
  return [
    seconds <= 0
      ? "has expired"
      : `expires in ${seconds} seconds, and KV takes no less than ${KV_TTL_MIN_SECONDS}`,
  ];
}
