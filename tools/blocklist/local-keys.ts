import { join } from "node:path";
import { root } from "../lib/wrangler.ts";

export type StoredKey = { name: string; expiration?: number; metadata?: object };

/** Every key of local storage: `wrangler kv key list` shows the first 1,000 and no more. */
export async function listLocalKeys(persistTo: string | undefined): Promise<StoredKey[]> {
  const { getPlatformProxy } = await import("wrangler");
  const { WRANGLER_LOG } = process.env;
  process.env.WRANGLER_LOG = "error";
  const proxy = await getPlatformProxy<{ BLOCKLIST: KVNamespace }>({
    configPath: join(root, "wrangler.toml"),
    envFiles: [],
    persist: { path: join(persistTo ?? join(root, ".wrangler/state"), "v3") },
    remoteBindings: false,
  });
  try {
    const keys: StoredKey[] = [];
    let cursor: string | undefined;
    do {
      const page = await proxy.env.BLOCKLIST.list<object>(cursor === undefined ? {} : { cursor });
      keys.push(...page.keys);
      cursor = page.list_complete ? undefined : page.cursor;
    } while (cursor !== undefined);
    return keys;
  } finally {
    await proxy.dispose();
    if (WRANGLER_LOG === undefined) delete process.env.WRANGLER_LOG;
    else process.env.WRANGLER_LOG = WRANGLER_LOG;
  }
}
