import { join } from "node:path";
import type { Entry } from "../../src/blocklist/entry.ts";
import type { FilterStore } from "../../src/blocklist/filter-store.ts";
import { atEnd, interrupted } from "../lib/tool.ts";
import { root } from "../lib/wrangler.ts";

export type StoredKey = { name: string; expiration?: number; metadata?: object };

/** KV's bulk read takes so many keys. Writes use the same number: more would not be faster. */
export const LOCAL_STEP = 100;

/** Every key of local storage. `wrangler kv key list` shows only the first 1,000. */
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

/** The values of these keys. `wrangler kv bulk get` reads them one by one: it takes seven times as long. */
export function getLocalValues(
  persistTo: string | undefined,
  keys: readonly string[],
  onProgress: (done: number) => void,
): Promise<Map<string, string>> {
  return withNamespace(persistTo, async (namespace) => {
    const values = new Map<string, string>();
    await inParts(keys, onProgress, async (part) => {
      for (const [key, value] of await namespace.get(part)) {
        if (value !== null) values.set(key, value);
      }
    });
    return values;
  });
}

/** Writes rules. `wrangler kv bulk put` writes them one by one. That takes twice as long. */
export function putLocalEntries(
  persistTo: string | undefined,
  entries: readonly Entry[],
  onProgress: (done: number) => void,
): Promise<void> {
  return withNamespace(persistTo, (namespace) =>
    inParts(entries, onProgress, (part) =>
      Promise.all(part.map((entry) => namespace.put(entry.key, entry.value, putOptions(entry)))),
    ),
  );
}

function putOptions({ expiration, expiration_ttl: ttl, metadata }: Entry) {
  return {
    ...(expiration === undefined ? {} : { expiration }),
    ...(ttl === undefined ? {} : { expirationTtl: ttl }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/** Removes keys. A missing key is no error. */
export function deleteLocalKeys(
  persistTo: string | undefined,
  keys: readonly string[],
  onProgress: (done: number) => void,
): Promise<void> {
  return withNamespace(persistTo, (namespace) =>
    inParts(keys, onProgress, (part) => Promise.all(part.map((key) => namespace.delete(key)))),
  );
}

/** The namespace, for values that are bytes. */
export function localStore(persistTo: string | undefined): FilterStore {
  return {
    get: (key, type) => withNamespace(persistTo, (namespace) => namespace.get(key, type)),
    put: (key, value) => withNamespace(persistTo, (namespace) => namespace.put(key, value)),
  };
}

async function inParts<T>(
  values: readonly T[],
  onProgress: (done: number) => void,
  use: (part: T[]) => Promise<unknown>,
): Promise<void> {
  for (let done = 0; done < values.length; done += LOCAL_STEP) {
    interrupted.throwIfAborted();
    const part = values.slice(done, done + LOCAL_STEP);
    await use(part);
    onProgress(done + part.length);
  }
}

async function withNamespace<T>(
  persistTo: string | undefined,
  use: (namespace: KVNamespace) => Promise<T>,
): Promise<T> {
  opened ??= open(persistTo);
  return use((await opened).env.BLOCKLIST);
}

/** A command works on one storage: the runtime starts once. The start takes longer than most requests. */
let opened: ReturnType<typeof open> | undefined;

async function open(persistTo: string | undefined) {
  const { getPlatformProxy } = await import("wrangler");
  const { WRANGLER_LOG } = process.env;
  process.env.WRANGLER_LOG = "error";
  const proxy = await withSignalsLeft(() =>
    getPlatformProxy<{ BLOCKLIST: KVNamespace }>({
      configPath: join(root, "wrangler.toml"),
      envFiles: [],
      persist: { path: join(persistTo ?? join(root, ".wrangler/state"), "v3") },
      remoteBindings: false,
    }),
  ).finally(() => {
    if (WRANGLER_LOG === undefined) delete process.env.WRANGLER_LOG;
    else process.env.WRANGLER_LOG = WRANGLER_LOG;
  });
  atEnd(() => proxy.dispose());
  return proxy;
}

/**
 * Removes the proxy's signal listeners. At a signal they would end the process before the tool can say
 * how far it came.
 */
async function withSignalsLeft<T>(start: () => Promise<T>): Promise<T> {
  const leave = (event: string | symbol, listener: () => void) => {
    if (/^SIG/.test(String(event))) queueMicrotask(() => process.off(event, listener));
  };
  process.on("newListener", leave);
  try {
    return await start();
  } finally {
    process.off("newListener", leave);
  }
}
