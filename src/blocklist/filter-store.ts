import { NO_FILTER, withKeys } from "./filter.ts";
import type { FilterRead } from "./filter-state.ts";
import { FILTER_KEY, packFilter, unpackFilter } from "./packed.ts";

/** The namespace of the rules, as far as the filter needs it. */
export type FilterStore = {
  get(key: string, type: "arrayBuffer"): Promise<ArrayBuffer | null>;
  put(key: string, value: Uint8Array): Promise<void>;
};

export async function readFilter(store: Pick<FilterStore, "get">): Promise<FilterRead> {
  const stored = await store.get(FILTER_KEY, "arrayBuffer");
  return stored === null ? "missing" : (unpackFilter(stored) ?? "unreadable");
}

/**
 * Adds these keys to the filter, so that they are read. A writer of rules calls it first: nobody would read
 * a rule that is there before the filter has its key. If two write at once, the keys of one may be lost.
 * The next listing has them.
 */
export async function noteWritten(store: FilterStore, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  const read = await readFilter(store);
  const before = typeof read === "string" ? NO_FILTER : read;
  const after = withKeys(before, keys);
  if (after !== before) await store.put(FILTER_KEY, packFilter(after));
}
