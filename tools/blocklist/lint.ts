import type { Entry, Located, Problem } from "./entry.ts";
import { parseKey } from "./key.ts";
import { lintValue } from "./value.ts";

/** KV takes no shorter life. https://developers.cloudflare.com/kv/api/write-key-value-pairs/ */
const TTL_MIN_SECONDS = 60;
/** The Workers runtime reads a moment into 32 bits, up to January 19, 2038. */
const EXPIRATION_MAX_SECONDS = 2 ** 31 - 1;

/** https://developers.cloudflare.com/kv/platform/limits/ */
const VALUE_MAX_BYTES = 25 * 1024 * 1024;
const METADATA_MAX_BYTES = 1024;

/**
 * What is wrong with these rules.
 *
 * @param nowSeconds Unix seconds; undefined for what is stored already, whose end may be near
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
      ...lintSize("the value", entry.value, VALUE_MAX_BYTES),
      ...lintSize("metadata", JSON.stringify(entry.metadata ?? {}), METADATA_MAX_BYTES),
      ...(nowSeconds === undefined ? [] : lintExpiry(entry, nowSeconds)),
    ];
    return messages.map((message) => ({ line, key, message }));
  });
}

/** KV would refuse it only when it is written, after other rules are stored. */
function lintSize(what: string, text: string, maxBytes: number): string[] {
  const bytes = Buffer.byteLength(text);
  return bytes > maxBytes ? [`${what} has ${bytes} bytes, and KV takes ${maxBytes}`] : [];
}

function lintExpiry({ expiration, expiration_ttl: ttl }: Entry, nowSeconds: number): string[] {
  const seconds = expiration === undefined ? ttl : expiration - nowSeconds;
  if (expiration !== undefined && ttl !== undefined) {
    return ["has both expiration and expiration_ttl"];
  }
  if ((expiration ?? 0) > EXPIRATION_MAX_SECONDS)
    return ["expires after KV's last day, 2038-01-19"];
  if (seconds === undefined || seconds >= TTL_MIN_SECONDS) return [];
  return [
    seconds <= 0
      ? "has expired"
      : `expires in ${seconds} seconds, and KV takes no less than ${TTL_MIN_SECONDS}`,
  ];
}
