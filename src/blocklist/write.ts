import type { Entry } from "./entry.ts";

/** Stores a rule in place of the one that is there. Here and in `removeRule`, and nowhere else, KV is written. */
export async function storeRule(
  kv: KVNamespace,
  { key, value, expiration, expiration_ttl: expirationTtl, metadata }: Entry,
): Promise<void> {
  await kv.put(key, value, {
    ...(expiration !== undefined && { expiration }),
    ...(expirationTtl !== undefined && { expirationTtl }),
    ...(metadata !== undefined && { metadata }),
  });
}

export async function removeRule(kv: KVNamespace, key: string): Promise<void> {
  await kv.delete(key);
}
