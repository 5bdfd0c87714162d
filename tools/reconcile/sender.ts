import type { Compared, Refused } from "./deployment.ts";
import type { FriendList } from "./friend-list.ts";

export type SenderOptions = {
  compare: (lists: readonly FriendList[]) => Promise<Compared | Refused>;
  onCompared: (lists: readonly FriendList[], compared: Compared) => void;
  onRefused: (list: FriendList, because: string) => void;
  now?: () => number;
};

export type Sender = {
  /** Takes a list, and sends what has come together where that is enough. */
  add(list: FriendList): Promise<void>;
  /** Sends what waits. */
  flush(): Promise<void>;
};

/** What the deployment takes in one request. */
const REQUEST_MAX_LISTS = 200;
const REQUEST_MAX_FRIENDS = 10_000;
/** A list of so many is a request of its own: together with small ones it would hold them up. */
const BIG_LIST_FRIENDS = 2_000;
/** What was read is not kept back longer: it gets older, and is read again after an interruption. */
const WAIT_MAX_MS = 15_000;

/** Sends lists to the deployment: small ones many in a request, big ones alone. */
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

/** A request that is refused is halved until the list is found that is refused alone. */
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
