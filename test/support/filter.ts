import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { keepFilter } from "../../src/blocklist/keep-filter.ts";
import { countedKv } from "./counted.ts";

/** The Worker's clock, which stands still. KV has its own. */
export function setTime(nowMs: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: nowMs });
}

/**
 * What a new isolate has of the blocklist: it holds no filter yet, and what it reads is counted. Everything
 * else is done by the real binding.
 */
export function isolatesKv(overrides: Partial<KVNamespace> = {}) {
  const { count, binding } = countedKv({ ...boundKv(), ...overrides } as KVNamespace);
  return { count, kv: { ...boundKv(), ...overrides, ...binding } as KVNamespace };
}

/** As an object of its own, in whose place others can be put. */
export function boundKv(): KVNamespace {
  const { BLOCKLIST } = env;
  return {
    get: BLOCKLIST.get.bind(BLOCKLIST),
    put: BLOCKLIST.put.bind(BLOCKLIST),
    list: BLOCKLIST.list.bind(BLOCKLIST),
    delete: BLOCKLIST.delete.bind(BLOCKLIST),
  } as KVNamespace;
}

/**
 * Lists the namespace so many keys at a time, and lets so much time pass with each.
 *
 * @param behind is done behind each list
 */
export function listingBy(limit: number, listMs = 0, behind = async () => {}): KVNamespace {
  const kv = boundKv();
  const list: KVNamespace["list"] = async <Metadata>(options?: KVNamespaceListOptions) => {
    setTime(Date.now() + listMs);
    const page = await kv.list<Metadata>({ ...options, limit });
    await behind();
    return page;
  };
  return { ...kv, list } as KVNamespace;
}

/** Makes the filter of what is stored. */
export function made(nowMs = Date.now()): Promise<void> {
  return keepFilter(env.BLOCKLIST, nowMs);
}
