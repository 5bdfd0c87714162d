import type { Databases } from "../../src/db/databases.ts";
import { SINCE_OVERLAP_MS } from "../../src/limits.ts";
import { earlier } from "./database-clock.ts";
import { LISTS, type List, type Row } from "./lists.ts";

/** Somebody who syncs a user's list by `since`. */
type Reader = { list: List; userId: string; known: Set<string>; since: string | undefined };

/** Of the minutes that are shown twice so much is left: the test is over before they have passed. */
const OVERLAP_LEFT_MS = 100;

/** Readers of both lists of some users, who sync one at a time. */
export function readersOf(users: number, random: () => number) {
  const readers = LISTS.flatMap((list) =>
    Array.from({ length: users }, (_, index): Reader => {
      return { list, userId: `user-${index}`, known: new Set(), since: undefined };
    }),
  );
  const figures = { syncs: 0, syncsFailed: 0 };

  const sync = async (reader: Reader, { of }: Databases) => {
    const { list, userId, since } = reader;
    const known = new Set(since === undefined ? [] : reader.known);
    let query: Record<string, string> =
      since === undefined ? { limit: "7" } : { limit: "7", since };
    for (;;) {
      const page = await list.read(userId, query, of(userId).db);
      if (page === undefined) throw new Error("since has expired");
      for (const { id } of page.added) known.add(id);
      for (const { id } of page.deleted) known.delete(id);
      reader.since = earlier(page.since, OVERLAP_LEFT_MS - SINCE_OVERLAP_MS);
      if (page.cursor === null) break;
      query = { limit: "7", cursor: page.cursor };
    }
    reader.known = known;
    figures.syncs += 1;
  };

  return {
    figures,
    /** One of them; where the database is away, the next time. */
    async syncOne(databases: Databases): Promise<void> {
      const reader = readers[Math.floor(random() * readers.length)];
      if (reader === undefined) return;
      const { since } = reader;
      try {
        await sync(reader, databases);
      } catch {
        reader.since = since;
        figures.syncsFailed += 1;
      }
    },
    async syncAll(databases: Databases): Promise<void> {
      for (const reader of readers) await sync(reader, databases);
    },
    /** How many lists differ from the truth. */
    misread(rows: ReadonlyMap<List, readonly Row[]>): number {
      return readers.filter(({ list, userId, known }) => {
        const wanted = (rows.get(list) ?? []).filter(
          (row) => row.user_id === userId && row.deleted_at === null,
        );
        return wanted.length !== known.size || wanted.some((row) => !known.has(row.other_id));
      }).length;
    },
  };
}
