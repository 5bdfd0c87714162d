import { HTTPException } from "hono/http-exception";
import type { Database, Databases } from "../db/databases.ts";
import { moveSlice } from "../db/moves/move.ts";
import { MOVED, type MovedTable } from "../db/moves/tables.ts";
import { readBytes } from "../db/size.ts";
import { problem } from "../http/problem.ts";
import { HEALTH_TIMEOUT_MS, MOVE_CHANGES_SLICE_ROWS, MOVE_SLICE_ROWS, SLOTS } from "../limits.ts";
import { formatSlotMap, type SlotRange, slotOf } from "../slots.ts";
import { tryWithTimeout } from "../timeout.ts";
import type { MovedSlice, Shards } from "./answers.ts";
import type { MoveBody } from "./bodies.ts";
import { encodeToken } from "./tokens.ts";

/** Which databases there are, how large they are, and which slots each has. */
export async function readShards(
  { all, records }: Databases,
  shards: readonly SlotRange[],
): Promise<Shards> {
  const databases = await Promise.all(
    all.map(async ({ name, db }) => {
      const size = await tryWithTimeout(HEALTH_TIMEOUT_MS, () => readBytes(db));
      const slots = shards
        .filter(({ database }) => database === name)
        .reduce((sum, { first, last }) => sum + last - first + 1, 0);
      return { name, slots, bytes: size.ok ? size.value : null };
    }),
  );
  const bySlot = (slot: number) =>
    (shards.find(({ first, last }) => first <= slot && slot <= last) as SlotRange).database;
  return { slots: SLOTS, shards: formatSlotMap(bySlot), records: records.name, databases };
}

/**
 * Brings a slice of a table to where it belongs. If the body names slots and a database, it brings these
 * slots to this database, where they are to belong next.
 *
 * @throws HTTPException if the body names a database that is not bound
 */
export async function move(
  databases: Databases,
  { from, table: tableName, after, to: toName, slots, since, how }: MoveBody,
): Promise<MovedSlice> {
  const table = MOVED.find(({ name }) => name === tableName) as MovedTable;
  const to = toName === undefined ? undefined : named(databases, toName);
  const belongs = (userId: string | undefined): Database | undefined => {
    if (userId === undefined) return to === undefined ? databases.records : undefined;
    if (to === undefined || slots === undefined) return databases.of(userId);
    const slot = slotOf(userId);
    return slots[0] <= slot && slot <= slots[1] ? to : undefined;
  };
  const moved = await moveSlice({
    table,
    from: named(databases, from),
    after,
    sinceMs: since,
    sliceRows: since === undefined ? MOVE_SLICE_ROWS : MOVE_CHANGES_SLICE_ROWS,
    to: belongs,
    how,
  });
  return { ...moved, after: moved.after === undefined ? null : encodeToken(moved.after) };
}

function named({ all }: Databases, name: string): Database {
  const database = all.find((each) => each.name === name);
  if (database !== undefined) return database;
  const message = `${name} is bound to no D1 database: see wrangler.toml, and deploy.`;
  throw new HTTPException(400, { message, res: problem(400, message) });
}
