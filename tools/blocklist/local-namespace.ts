import { join } from "node:path";
import { interrupted } from "../lib/tool.ts";
import { root } from "../lib/wrangler.ts";

export type StoredKey = { name: string; expiration?: number; metadata?: object };

/** KV's bulk read takes so many. */
const GET_MAX_KEYS = 100;

/** Every key of local storage: `wrangler kv key list` shows the first 1,000 and no more. */
export function listLocalKeys(persistTo: string | undefined): Promise<StoredKey[]> {
  return withNamespace(persistTo, async (namespace) => {
    const keys: StoredKey[] = [];
    let cursor: string | undefined;
    do {
      const page = await namespace.list<object>(cursor === undefined ? {} : { cursor });
      keys.push(...page.keys);
      cursor = page.list_complete ? undefined : page.cursor;
      interrupted.throwIfAborted();
    } while (cursor !== undefined);
    return keys;
  });
}

/** The values of these keys. `wrangler kv bulk get` asks for them one by one, which takes seven times as long. */
export function getLocalValues(
  persistTo: string | undefined,
  keys: readonly string[],
  onProgress: (done: number) => void,
): Promise<Map<string, string>> {
  return withNamespace(persistTo, async (namespace) => {
    const values = new Map<string, string>();
    for (let done = 0; done < keys.length; done += GET_MAX_KEYS) {
      const part = keys.slice(done, done + GET_MAX_KEYS);
      for (const [key, value] of await namespace.get(part)) {
        if (value !== null) values.set(key, value);
      }
      onProgress(done + part.length);
      interrupted.throwIfAborted();
    }
    return values;
  });
}

async function withNamespace<T>(
  persistTo: string | undefined,
  use: (namespace: KVNamespace) => Promise<T>,
): Promise<T> {
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
    return await use(proxy.env.BLOCKLIST);
  } finally {
    await proxy.dispose();
    if (WRANGLER_LOG === undefined) delete process.env.WRANGLER_LOG;
    else process.env.WRANGLER_LOG = WRANGLER_LOG;
  }
}
