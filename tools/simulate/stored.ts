import type { Stored } from "./compare.ts";
import type { Table } from "./happening.ts";
import type { Recorded } from "./record.ts";

/** What the users of a run have in the tables. */
export type StoredTables = Record<Table, Stored[]> & { record: Recorded[] };

export function isEmpty({ friends, blacklist, record }: StoredTables): boolean {
  return friends.length + blacklist.length + record.length === 0;
}
