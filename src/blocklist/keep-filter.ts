import {
  FILTER_LISTING_MAX_MS,
  FILTER_LISTS_PER_RUN,
  FILTER_MAX_KEYS,
  FILTER_RUN_MS,
} from "../limits.ts";
import { errorName, log } from "../log.ts";
import { hashesOf, joined, makeFilter } from "./filter.ts";
import { intervalMs, isDue } from "./filter-state.ts";
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
    const stored = await kv.get(LISTING_KEY, "arrayBuffer");
    const before = stored === null ? undefined : unpackListing(stored);
    if (isPaid(before, nowMs)) return;
    const isGoingOn =
      before?.cursor !== undefined && nowMs - before.startedMs < FILTER_LISTING_MAX_MS;
    const { listing, lists } = await listOn(kv, isGoingOn ? before : { ...NEW, startedMs: nowMs });
    const { keys, cursor } = listing;
    if (cursor !== undefined) {
      await kv.put(LISTING_KEY, packListing(listing));
      log("filtered", { state: "listing", keys, lists });
    } else {
      await kv.put(LISTING_KEY, packListing({ ...listing, hashes: new Uint8Array() }));
      await write(kv, listing, lists);
    }
  } catch (error) {
    log("failed", { reason: "filter-not-made", error: errorName(error) });
  }
}

const NEW = { keys: 0, cursor: undefined, hashes: new Uint8Array() };

/**
 * Whether what may be spent on listing is spent for now. Whoever adds to the filter may have read an old one,
 * and so bring it back: the listing's own key is written here alone, and remembers.
 */
function isPaid(last: Listing | undefined, nowMs: number): boolean {
  return (
    last !== undefined &&
    last.cursor === undefined &&
    nowMs - last.startedMs < intervalMs(last.keys)
  );
}

/** Lists what is left, as far as one run may. */
async function listOn(
  kv: KVNamespace,
  from: Listing,
): Promise<{ listing: Listing; lists: number }> {
  const endMs = Date.now() + FILTER_RUN_MS;
  const parts = [from.hashes];
  let { cursor, keys } = from;
  let lists = 0;
  do {
    const page = await kv.list(cursor === undefined ? {} : { cursor });
    const names = page.keys.flatMap(({ name }) => (isFilterKey(name) ? [] : [name]));
    parts.push(hashesOf(names));
    keys += names.length;
    lists += 1;
    // Of too many it does not matter how many they are.
    cursor = page.list_complete || keys > FILTER_MAX_KEYS ? undefined : page.cursor;
  } while (cursor !== undefined && lists < FILTER_LISTS_PER_RUN && Date.now() < endMs);
  return { listing: { startedMs: from.startedMs, keys, cursor, hashes: joined(parts) }, lists };
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
