import { jsonRows } from "../json-rows.ts";
import { type Row as PairRow, writeRows } from "../pairs/rows.ts";
import { BLACKLIST, FRIENDS, type PairTable } from "../pairs/table.ts";
import { orderKeyOf, toBeErased } from "../walk.ts";

/** A row of a table: its columns in the order of `columns`. */
export type Row = (string | number | null)[];

/** A table whose rows can be moved from one database to another. */
export type MovedTable = {
  name: string;
  /** The primary key first. */
  columns: readonly string[];
  key: readonly string[];
  /** The column of the user whose slot decides; undefined: the rows belong where the records are. */
  owner?: string;
  /** The column that says when a row was written last, in ms of its database. */
  changed?: string;
  /** Writes each row unless a newer one is there. One statement. */
  merge: (db: D1Database, rows: readonly Row[]) => Promise<unknown>;
  /** The column after the key that grows when a row is written anew; undefined: rows are written once. */
  version?: "order_key";
  /** A condition: an erasure in the row's database has not reached the row yet. The row waits for it. */
  erased: string;
  /** The list whose removed tombstones are remembered in `forgotten_changes`. */
  list?: "friends" | "blacklist";
};

function pairs(table: PairTable): MovedTable {
  const { name, other, none } = table;
  const key = ["user_id", other];
  return {
    ...{ name, key, owner: "user_id", version: "order_key", changed: "changed_at", list: name },
    columns: [...key, "order_key", "added_at", "deleted_at", ...Object.keys(none)],
    erased: `deleted_at IS NULL AND ${toBeErased(`${name}.${other}`, `${name}.order_key`)}`,
    merge: (db, rows) => writeRows(db, table, rows as unknown as PairRow[]),
  };
}

/** Rows that are written once. */
function constant(
  table: Pick<MovedTable, "name" | "key" | "owner" | "erased"> & {
    others: readonly string[];
    unless?: string;
  },
): MovedTable {
  const { name, key, others, unless = "false" } = table;
  const columns = [...key, ...others];
  return {
    ...table,
    columns,
    async merge(db, rows) {
      if (rows.length === 0) return;
      const { parameters, source } = jsonRows(rows);
      await db
        .prepare(
          `INSERT INTO ${name} (${columns.join(", ")})
SELECT ${columns.map((_, index) => `value ->> ${index}`).join(", ")} FROM ${source}
WHERE NOT (${unless}) ON CONFLICT (${key.join(", ")}) DO NOTHING`,
        )
        .bind(...parameters)
        .run();
    },
  };
}

const decided = {
  key: ["at", "call_id", "item"],
  erased: toBeErased("responder_id, applicant_id, requester_id", orderKeyOf("at")),
  others: [
    ...["event_time", "responder_id", "applicant_id", "requester_id", "code", "rule_kind"],
    ...["rule_key", "observed_key", "client_ip", "platform", "request_id"],
  ],
};

/** The tables that follow the slots of their users, and the tables that are kept with the record. */
export const MOVED: readonly MovedTable[] = [
  pairs(FRIENDS),
  pairs(BLACKLIST),
  constant({
    name: "dismissals",
    key: ["user_id", "candidate_id"],
    owner: "user_id",
    others: ["dismissed_at"],
    // A dismissal that was read before an erasure must not come back after it.
    unless: toBeErased("value ->> 0, value ->> 1", orderKeyOf("(value ->> 2)")),
    erased: toBeErased("dismissals.candidate_id", orderKeyOf("dismissals.dismissed_at")),
  }),
  constant({ name: "friend_responses", ...decided, others: [...decided.others, "action"] }),
  constant({ name: "friend_requests", ...decided }),
  constant({
    name: "dead_letters",
    key: ["id"],
    erased: "false",
    others: ["first_at", "last_at", "attempts", "reason", "body", "status", "settled_at"],
  }),
  constant({
    name: "rule_changes",
    key: ["at", "id"],
    erased: toBeErased("rule_changes.user_id, other_id", orderKeyOf("rule_changes.at")),
    others: [
      ...["who", "key", "user_id", "other_id", "change", "before", "after", "expires_at", "failed"],
    ],
  }),
];
