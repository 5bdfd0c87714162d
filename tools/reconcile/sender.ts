import type { Compared, Refused } from "./deployment.ts";
import type { FriendList } from "./friend-list.ts";

export type SenderOptions = {
  compare: (lists: readonly FriendList[]) => Promise<Compared | Refused>;
  onCompared: (lists: readonly FriendList[], compared: Compared) => void;
  onRefused: (list: FriendList, because: string) => void;
  now?: () => number;
};

export type Sender = {
  /** Takes a list. Sends the collected lists if they are enough. */
  add(list: FriendList): Promise<void>;
  /** Sends the lists that wait. */
  flush(): Promise<void>;
};

/** What the deployment accepts in one request. */
const REQUEST_MAX_LISTS = 200;
const REQUEST_MAX_FRIENDS = 10_000;
/** A list of so many is a request of its own. Small lists would wait for it. */
const BIG_LIST_FRIENDS = 2_000;
/** A list waits no longer than this. It gets older, and would be read again after an interruption. */
const WAIT_MAX_MS = 15_000;

/** Sends lists to the deployment: many small ones in a request, big ones alone. */
export function createSender({ now = Date.now, ...options }: SenderOptions): Sender {
  let waiting: FriendList[] = [];
  let friends = 0;
  let sinceMs = 0;
  const flush = async () => {
    const lists = waiting;
    waiting = [];
    friends = 0;
    await deliver(lists, options);
  };
  return {
    flush,
    async add(list) {
      const count = list.friends.length;
      if (count >= BIG_LIST_FRIENDS) return deliver([list], options);
      while (friends + count > REQUEST_MAX_FRIENDS) await flush();
      if (waiting.length === 0) sinceMs = now();
      waiting.push(list);
      friends += count;
      if (waiting.length >= REQUEST_MAX_LISTS || now() - sinceMs > WAIT_MAX_MS) await flush();
    },
  };
}

/** Halves a refused request until it finds the list that is refused alone. */
async function deliver(
  lists: readonly FriendList[],
  options: Omit<SenderOptions, "now">,
): Promise<void> {
  const [first] = lists;
  if (first === undefined) return;
  const answer = await options.compare(lists);
  if (!("refused" in answer)) return options.onCompared(lists, answer);
  if (lists.length === 1) return options.onRefused(first, answer.refused);
  const half = Math.ceil(lists.length / 2);
  await deliver(lists.slice(0, half), options);
  await deliver(lists.slice(half), options);
}
