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

/** The filter has its own cron. It looks every minute what is due. No other work is done so often. */
export const FILTER_CRON = "* * * * *";

/**
 * Makes the filter anew from a listing of all keys, when it is time. If one run does not list all keys, the
 * next run goes on. Until the listing is complete, the old filter stays. It throws nothing.
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
 * Whether the list operations that may be spent are spent for now. The filter cannot tell this: a writer who
 * adds to it may have read an old one, and so bring it back. The listing has its own key. Only this file
 * writes it, so it remembers.
 */
function isPaid(last: Listing | undefined, nowMs: number): boolean {
  return (
    last !== undefined &&
    last.cursor === undefined &&
    nowMs - last.startedMs < intervalMs(last.keys)
  );
}

/** Lists the keys that are left, as many as one run may list. */
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
    // If there are too many, their exact number does not matter.
    cursor = page.list_complete || keys > FILTER_MAX_KEYS ? undefined : page.cursor;
  } while (cursor !== undefined && lists < FILTER_LISTS_PER_RUN && Date.now() < endMs);
  return { listing: { startedMs: from.startedMs, keys, cursor, hashes: joined(parts) }, lists };
}

async function write(kv: KVNamespace, listing: Listing, lists: number): Promise<void> {
  // Read it again: a listing takes time, and it may not have seen the keys that were added meanwhile.
  const before = await readFilter(kv);
  const added = typeof before === "string" ? new Uint8Array() : before.added;
  const filter = makeFilter(listing.startedMs, listing.hashes, added);
  const packed = packFilter(filter);
  await kv.put(FILTER_KEY, packed);
  const { keys, isComplete } = filter;
  if (isComplete) log("filtered", { state: "ready", keys, lists, bytes: packed.length });
  else log("failed", { reason: "filter-too-large", keys, lists });
}
