import { ToolError } from "../lib/tool.ts";
import type { Compared, Deployment } from "./deployment.ts";
import { type Found, withCompared, withFailed, withSkipped } from "./figures.ts";
import { readFriendList } from "./friend-list.ts";
import type { Rest } from "./rest.ts";
import { createSender } from "./sender.ts";
import type { Source } from "./source.ts";

export type Work = {
  source: Source;
  rest: Rest;
  deployment: Deployment;
  /** The deployment's time, in milliseconds. */
  now: () => number;
  /** How many users' lists are read at once. */
  concurrency: number;
  dryRun: boolean;
  /** Whether to ask for the pairs that differ, too. */
  pairs: boolean;
  /** The users that a list, or a pair that differs, adds to the reading. */
  follows: "friends" | "drift" | "nobody";
  /** Stops everything that is under way. */
  halt: AbortController;
};

export type Watch = {
  found: Found;
  /** Users who could not be read. */
  failed: string[];
  onLeftOut(userId: string, because: string): void;
  onCompared(compared: Compared): void;
  /** Called when a user, or several, are done. */
  onDone(): void;
};

/** If so many users fail in a row, the reason is not the users. */
const FAILED_IN_A_ROW_MAX = 20;

/**
 * Reads the list of each user from Tencent, and has the deployment compare it with its table. After an
 * interruption, the lists that were already read are still compared.
 *
 * @throws where it cannot go on; `watch` knows how far it came
 */
export async function reconcile(work: Work, watch: Watch): Promise<void> {
  const { source, rest, deployment, now, follows } = work;
  let failedInARow = 0;
  const leaveOut = (userId: string, because: string) => {
    watch.onLeftOut(userId, because);
    source.done(userId);
    watch.onDone();
  };
  const fail = (userId: string, because: string) => {
    watch.found = withFailed(watch.found);
    watch.failed.push(userId);
    leaveOut(userId, `not read: ${because}`);
  };
  const sender = createSender({
    compare: (lists) =>
      deployment.compare(lists, { ...work, pairs: work.pairs || follows === "drift" }),
    onCompared(lists, compared) {
      watch.found = withCompared(watch.found, lists.length, compared);
      for (const { userId } of lists) source.done(userId);
      if (follows === "drift") source.found(otherSides(compared));
      watch.onCompared(compared);
      watch.onDone();
    },
    onRefused: ({ userId }, because) => fail(userId, `the deployment refuses the list: ${because}`),
  });

  async function take(userId: string): Promise<void> {
    const read = await readFriendList(rest, userId, now);
    if (read.outcome === "read") {
      failedInARow = 0;
      if (follows === "friends") source.found(read.list.friends.map(({ friendId }) => friendId));
      await sender.add(read.list);
    } else if (read.outcome === "skipped") {
      failedInARow = 0;
      watch.found = withSkipped(watch.found);
      leaveOut(userId, `skipped: ${read.because}`);
    } else {
      fail(userId, read.because);
      failedInARow += 1;
      if (failedInARow >= FAILED_IN_A_ROW_MAX) throw nobodyCanBeRead(read.because);
    }
  }

  try {
    do {
      await takeAll(work, take);
      // The answer to this may add users to read.
      await sender.flush();
    } while (source.hasNext());
  } catch (error) {
    // The reason for the end matters more. Lists that cannot be sent now are read again.
    await sender.flush().catch(() => {});
    throw error;
  }
}

/** Takes one user after the other, several at once, until none is left. */
async function takeAll(
  { source, concurrency, halt }: Work,
  take: (userId: string) => Promise<void>,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  try {
    for (;;) {
      halt.signal.throwIfAborted();
      const userId = await source.next();
      if (userId !== undefined) {
        const taken = take(userId)
          .catch((error) => halt.abort(error))
          .finally(() => underWay.delete(taken));
        underWay.add(taken);
      } else if (underWay.size === 0) {
        return;
      }
      // Nobody waits, but the users under way may have friends that are not known yet.
      if (userId === undefined || underWay.size >= concurrency) await Promise.race(underWay);
    }
  } catch (error) {
    halt.abort(error);
    await Promise.all(underWay);
    throw error;
  }
}

/** A change of a friendship mostly concerns two lists. Both are lost together. */
function otherSides({ pairs }: Compared): string[] {
  return [...(pairs?.missing ?? []), ...(pairs?.extra ?? [])].map(({ friendId }) => friendId);
}

function nobodyCanBeRead(because: string): ToolError {
  return new ToolError(
    `${FAILED_IN_A_ROW_MAX} users in a row could not be read, the last one because ${because}`,
    "see that Tencent can be reached from here; the same command goes on where this one has ended",
  );
}
