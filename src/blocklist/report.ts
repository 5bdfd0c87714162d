import { BROKEN_RULES_REPORTED_MAX, KEY_HASH_HEX_CHARS } from "../limits.ts";
import type { Log } from "../log.ts";
import type { Rules } from "./decide.ts";

/**
 * Reports rules whose value cannot be read. An isolate has one of these reports, and so reports each
 * rule once in its life.
 *
 * @param secret keys the hash that stands for the rule's key. The rule's key names users. Without a
 *   secret the hash would give them away, so it is left out
 */
export function createBrokenRuleReport() {
  const reported = new Set<string>();
  return async (rules: Rules, secret: string | undefined, log: Log): Promise<void> => {
    for (const [key, { broken }] of rules) {
      if (!broken || reported.has(key) || reported.size >= BROKEN_RULES_REPORTED_MAX) continue;
      reported.add(key);
      log("broken-rule", {
        kind: key.slice(0, key.indexOf(":")),
        keyHash: secret === undefined ? undefined : await keyedHash(key, secret),
      });
    }
  };
}

/** One for the isolate. */
export const reportBrokenRules = createBrokenRuleReport();

const encoder = new TextEncoder();

/** The start of the hex HMAC-SHA-256 of a text. */
async function keyedHash(text: string, secret: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, [
    "sign",
  ]);
  const hash = new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text)));
  return hash.toHex().slice(0, KEY_HASH_HEX_CHARS);
}
