import * as z from "zod";
import { FRIEND_GET } from "../tencent/rest.ts";
import type { Rest } from "./rest.ts";

export type Friend = { friendId: string; addedAt?: number };

/** A user's whole list at some moment after `readAt`. */
export type FriendList = { userId: string; readAt: number; friends: Friend[] };

export type ReadList =
  | { outcome: "read"; list: FriendList }
  | { outcome: "skipped"; because: string }
  | { outcome: "failed"; because: string };

/** What the deployment accepts in one list. */
export const LIST_MAX_FRIENDS = 10_000;
/** In 2001. An earlier time is not a real one: Tencent's IM is younger. */
const ADDED_AT_MIN_MS = 1_000_000_000_000;
/** If a list changes at every reading, it is left for another time. */
const READINGS_MAX = 4;

const pageSchema = z.object({
  UserDataItem: z
    .array(
      z.object({
        To_Account: z.string().min(1),
        ValueItem: z.array(z.object({ Tag: z.string(), Value: z.unknown() })).nullish(),
      }),
    )
    .nullish(),
  StandardSequence: z.int(),
  FriendNum: z.int().nullish(),
  CompleteFlag: z.int(),
  NextStartIndex: z.int().nullish(),
});
type Page = z.output<typeof pageSchema>;

/**
 * Reads the whole list of a user. If the list changed between two pages, it is read again. Pages of two
 * versions together would be a list that never existed.
 *
 * @param now the deployment's time, as well as the tool knows it
 */
export async function readFriendList(
  rest: Rest,
  userId: string,
  now: () => number,
): Promise<ReadList> {
  for (let readings = 1; readings <= READINGS_MAX; readings += 1) {
    const readAt = now();
    const read = await readPages(rest, userId);
    if (read.outcome === "changed") continue;
    if (read.outcome !== "read") return read;
    return { outcome: "read", list: { userId, readAt, friends: friendsOf(read.pages, readAt) } };
  }
  return failed(`the list changed each of the ${READINGS_MAX} times that it was read`);
}

type Pages = { outcome: "read"; pages: Page[] } | { outcome: "changed" };

async function readPages(
  rest: Rest,
  userId: string,
): Promise<Pages | Exclude<ReadList, { outcome: "read" }>> {
  const pages: Page[] = [];
  for (let start = 0; ; ) {
    // Always sequence 0. If it equals the list's own sequence, Tencent leaves the friends out.
    const body = { From_Account: userId, StartIndex: start, StandardSequence: 0 };
    const called = await rest.call(FRIEND_GET, body);
    if (called.outcome !== "answered") return called;
    const parsed = pageSchema.safeParse(called.answer);
    if (!parsed.success) return failed("a page of the list cannot be read");
    const page = parsed.data;
    pages.push(page);
    if (page.StandardSequence !== pages[0]?.StandardSequence) return { outcome: "changed" };
    if (Math.max(page.FriendNum ?? 0, start + itemsIn(page).length) > LIST_MAX_FRIENDS) {
      return tooLong();
    }
    if (page.CompleteFlag !== 0) return isWhole(pages) ? { outcome: "read", pages } : notWhole();
    const next = page.NextStartIndex ?? 0;
    if (next <= start) return failed("a page does not say where the next one is");
    start = next;
  }
}

/** A friend that Tencent left out must never look like a friend that is gone. */
function isWhole(pages: readonly Page[]): boolean {
  const found = new Set(pages.flatMap(accountsIn)).size;
  const { FriendNum: told, StandardSequence: sequence } = pages.at(-1) as Page;
  // The number may be missing. Then a list with the sequence that was sent may be one that was left out.
  return told === undefined || told === null ? found > 0 || sequence !== 0 : found >= told;
}

function friendsOf(pages: readonly Page[], readAt: number): Friend[] {
  const friends = new Map<string, Friend>();
  for (const { To_Account: friendId, ValueItem: tags } of pages.flatMap(itemsIn)) {
    const seconds = Number(tags?.find(({ Tag }) => Tag === "Tag_SNS_IM_AddTime")?.Value);
    // Clocks differ. Nobody became a friend after the list was read.
    const addedAt = Math.min(Math.floor(seconds * 1000), readAt);
    friends.set(friendId, addedAt >= ADDED_AT_MIN_MS ? { friendId, addedAt } : { friendId });
  }
  return [...friends.values()];
}

function itemsIn({ UserDataItem }: Page) {
  return UserDataItem ?? [];
}

function accountsIn(page: Page): string[] {
  return itemsIn(page).map(({ To_Account }) => To_Account);
}

function failed(because: string): { outcome: "failed"; because: string } {
  return { outcome: "failed", because };
}

function notWhole() {
  return failed("Tencent gave fewer friends than it counts: the list is not whole");
}

function tooLong() {
  return failed(
    `the list has more than ${LIST_MAX_FRIENDS} friends, which the deployment does not take`,
  );
}
