import { errorName, log } from "../log.ts";
import type { Entry } from "./entry.ts";
import { noteWritten } from "./filter-store.ts";

/** The namespace of the rules, and whether callbacks read only the keys that its filter has. */
export type WrittenBlocklist = { kv: KVNamespace; isFiltered: boolean };

/**
 * Stores rules, each in place of the one that is there. Here and in `removeRule`, and nowhere else, the
 * Worker writes rules.
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

/** Where it fails, the rules are there, and count when the keys are listed next. */
async function noteInFilter(kv: KVNamespace, keys: readonly string[]): Promise<void> {
  try {
    await noteWritten(kv, keys);
  } catch (error) {
    log("failed", { reason: "filter-not-written", rules: keys.length, error: errorName(error) });
  }
}
