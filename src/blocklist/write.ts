import { errorName, log } from "../log.ts";
import type { Entry } from "./entry.ts";
import { noteWritten } from "./filter-store.ts";

/** The namespace of the rules, and whether callbacks read only the keys that its filter has. */
export type WrittenBlocklist = { kv: KVNamespace; isFiltered: boolean };

/**
 * Stores rules. Each one replaces the rule that is there. The Worker writes rules only here and in
 * `removeRule`.
 *
 * @throws what KV throws; then some of them may be stored
 */
export async function storeRules(
  { kv, isFiltered }: WrittenBlocklist,
  rules: readonly Entry[],
): Promise<void> {
  if (isFiltered) {
    await noteInFilter(
      kv,
      rules.map(({ key }) => key),
    );
  }
  await Promise.all(
    rules.map(({ key, value, expiration, expiration_ttl: expirationTtl, metadata }) =>
      kv.put(key, value, {
        ...(expiration !== undefined && { expiration }),
        ...(expirationTtl !== undefined && { expirationTtl }),
        ...(metadata !== undefined && { metadata }),
      }),
    ),
  );
}

export async function removeRule({ kv }: WrittenBlocklist, key: string): Promise<void> {
  await kv.delete(key);
}

/** If it fails, the rules are stored all the same. They count when the keys are listed next. */
async function noteInFilter(kv: KVNamespace, keys: readonly string[]): Promise<void> {
  try {
    await noteWritten(kv, keys);
  } catch (error) {
    log("failed", { reason: "filter-not-written", rules: keys.length, error: errorName(error) });
  }
}
