import {
  FILTER_LISTING_MAX_MS,
  FILTER_LISTS_PER_RUN,
  FILTER_MAX_KEYS,
  FILTER_RUN_MS,
} from "../limits.ts";
import { errorName, log } from "../log.ts";
import { hashesOf, joined, keysIn, makeFilter } from "./filter.ts";
import { isDue } from "./filter-state.ts";
import { readFilter } from "./filter-store.ts";
import {
  FILTER_KEY,
  isFilterKey,
  LISTING_KEY,
  type Listing,
  packFilter,
  packListing,
  unpackListing,
} from "./packed.ts";

/** The filter has a cron for itself: what is due is looked up every minute, and no other work is done so often. */
export const FILTER_CRON = "* * * * *";

/**
 * Makes the filter anew from a listing of all keys, when it is time. What one run does not list, the next
 * one does, and until then the filter before stays. It throws nothing.
 */
export async function keepFilter(kv: KVNamespace, nowMs: number): Promise<void> {
  try {
    if (!isDue(await readFilter(kv), nowMs)) return;
    const begun = await readListing(kv, nowMs);
    const { listing, lists } = await listOn(
      kv,
      begun ?? { startedMs: nowMs, cursor: undefined, hashes: new Uint8Array() },
    );
    if (listing.cursor !== undefined) {
      await kv.put(LISTING_KEY, packListing(listing));
      log("filtered", { state: "listing", keys: keysIn(listing.hashes), lists });
      return;
    }
    await write(kv, listing, lists);
    if (begun) await kv.delete(LISTING_KEY);
  } catch (error) {
    log("failed", { reason: "filter-not-made", error: errorName(error) });
  }
}

/** What an earlier run has listed, unless that is too long ago: then its cursor may be what is wrong. */
async function readListing(kv: KVNamespace, nowMs: number): Promise<Listing | undefined> {
  const stored = await kv.get(LISTING_KEY, "arrayBuffer");
  const listing = stored === null ? undefined : unpackListing(stored);
  return listing && nowMs - listing.startedMs < FILTER_LISTING_MAX_MS ? listing : undefined;
}

/** Lists what is left, as far as one run may. A listing that is whole has no cursor. */
async function listOn(
  kv: KVNamespace,
  from: Listing,
): Promise<{ listing: Listing; lists: number }> {
  const endMs = Date.now() + FILTER_RUN_MS;
  const parts = [from.hashes];
  let { cursor } = from;
  let keys = keysIn(from.hashes);
  let lists = 0;
  do {
    const page = await kv.list(cursor === undefined ? {} : { cursor });
    const hashes = hashesOf(page.keys.flatMap(({ name }) => (isFilterKey(name) ? [] : [name])));
    parts.push(hashes);
    keys += keysIn(hashes);
    lists += 1;
    // Of too many it does not matter how many they are.
    cursor = page.list_complete || keys > FILTER_MAX_KEYS ? undefined : page.cursor;
  } while (cursor !== undefined && lists < FILTER_LISTS_PER_RUN && Date.now() < endMs);
  return { listing: { startedMs: from.startedMs, cursor, hashes: joined(parts) }, lists };
}

async function write(kv: KVNamespace, listing: Listing, lists: number): Promise<void> {
  // Read once more: a listing takes its time, and what was added meanwhile it may not have seen.
  const before = await readFilter(kv);
  const added = typeof before === "string" ? new Uint8Array() : before.added;
  const filter = makeFilter(listing.startedMs, listing.hashes, added);
  const packed = packFilter(filter);
  await kv.put(FILTER_KEY, packed);
  const { keys, isComplete } = filter;
  if (isComplete) log("filtered", { state: "ready", keys, lists, bytes: packed.length });
  else log("failed", { reason: "filter-too-large", keys, lists });
}
