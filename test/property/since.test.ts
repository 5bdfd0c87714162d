import { env } from "cloudflare:workers";
import * as fc from "fast-check";
import { describe, it } from "vitest";
import type { DeletedFriend, Friend } from "../../src/api/answers.ts";
import { readFriends } from "../../src/api/friends.ts";
import { friendsQuery } from "../../src/api/parameters.ts";
import { applyFriendsChanged } from "../../src/db/friends/apply.ts";
import { removeTombstones } from "../../src/db/friends/tombstones.ts";
import { forgetEverything, friendsChanged } from "../support/graph.ts";
import { storedFriends } from "../support/worker.ts";

const ALL_TOMBSTONES = { beforeMs: 1_000_000, sliceRows: 3, maxSlices: 100 };

const userId = fc.constantFrom("alice", "bob", "carol", "dora");
/** Times in any order: an event that happened early may be applied last. */
const event = fc
  .record({
    type: fc.constantFrom("friends-added" as const, "friends-deleted" as const),
    atMs: fc.integer({ min: 1, max: 12 }),
    pairs: fc.array(fc.tuple(userId, userId), { minLength: 1, maxLength: 4 }),
  })
  .map(({ type, atMs, pairs }) => friendsChanged(type, pairs, atMs));
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ apply: fc.array(event, { minLength: 1, maxLength: 3 }) }) },
  { weight: 3, arbitrary: fc.constant("sync" as const) },
  // One page only, and what comes next is applied before the next page is read.
  { weight: 3, arbitrary: fc.constant("page" as const) },
  { weight: 1, arbitrary: fc.constant("sweep" as const) },
);

/** What somebody who syncs alice's list knows, and where they are in it. */
type Copy = {
  rows: Map<string, Friend | DeletedFriend>;
  query: Record<string, string>;
  expired: number;
};

/** Reads one page into the copy. True when it was the last one. */
async function readPage(copy: Copy): Promise<boolean> {
  const result = await readFriends(
    env.DB,
    "alice",
    friendsQuery.parse({ ...copy.query, limit: "2" }),
  );
  if (!result.ok) {
    copy.rows.clear();
    copy.query = {};
    copy.expired += 1;
    return false;
  }
  const { friends, deleted, cursor, since } = result.page;
  for (const row of [...friends, ...deleted]) copy.rows.set(row.friendId, row);
  copy.query = cursor === null ? { since } : { cursor };
  return cursor === null;
}

async function readToTheEnd(copy: Copy): Promise<void> {
  while (!(await readPage(copy)));
}

async function friendsOfAlice() {
  return (await storedFriends()).filter((row) => row.user_id === "alice" && row.added_at !== null);
}

describe("increments", () => {
  it("add up to the whole list, whatever happens between and during them", {
    timeout: 60_000,
  }, async ({ expect }) => {
    let expired = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        await forgetEverything();
        const copy: Copy = { rows: new Map(), query: {}, expired: 0 };
        for (const each of steps) {
          if (each === "sync") await readToTheEnd(copy);
          else if (each === "page") await readPage(copy);
          else if (each === "sweep") await removeTombstones(env.DB, ALL_TOMBSTONES);
          else await applyFriendsChanged(env.DB, each.apply);
        }
        // Twice: pages that were begun before the last change leave it to the next increment.
        await readToTheEnd(copy);
        await readToTheEnd(copy);

        const known = [...copy.rows.values()].filter((row) => "addedAt" in row);
        expect(known.map((row) => [row.friendId, row.addedAt]).sort()).toEqual(
          (await friendsOfAlice()).map((row) => [row.friend_id, row.added_at]).sort(),
        );
        expired += copy.expired;
      }),
      { numRuns: 500 },
    );
    // Had no token ever expired, the sweep would not have been tried.
    expect(expired).toBeGreaterThan(0);
  });

  it("are exactly the rows that differ", { timeout: 60_000 }, async ({ expect }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 8 }),
        fc.array(event, { maxLength: 8 }),
        async (before, after) => {
          await forgetEverything();
          const stored = async () =>
            new Map(
              (await storedFriends())
                .filter((row) => row.user_id === "alice")
                .map((row) => [row.friend_id, JSON.stringify(row)]),
            );
          for (const each of before) await applyFriendsChanged(env.DB, [each]);
          const first = await readFriends(env.DB, "alice", friendsQuery.parse({}));
          const rowsBefore = await stored();
          // One statement, so that a row cannot change and change back.
          await applyFriendsChanged(env.DB, after);
          const since = first.ok ? first.page.since : "";
          const increment = await readFriends(env.DB, "alice", friendsQuery.parse({ since }));
          const rowsAfter = await stored();

          const { friends, deleted } = increment.ok ? increment.page : { friends: [], deleted: [] };
          expect([...friends, ...deleted].map((row) => row.friendId).sort()).toEqual(
            [...rowsAfter.keys()].filter((id) => rowsAfter.get(id) !== rowsBefore.get(id)).sort(),
          );
        },
      ),
      { numRuns: 500 },
    );
  });
});
