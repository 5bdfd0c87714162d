import type { Shards } from "../../src/api/answers.ts";
import { MOVED } from "../../src/db/moves/tables.ts";
import { formatSlotMap, parseSlotMap, type SlotRange } from "../../src/slots.ts";
import { UsageError } from "../lib/tool.ts";

export type How = "copy" | "move" | "check";

export type Slots = [first: number, last: number];

/** A table of a database. The tool passes through it slice by slice. */
export type Part = { table: string; from: string; to?: string; slots?: Slots; since?: number };

/** Which slots go to which database. */
export type Plan = { to: string; slots: Slots };

/**
 * The parts of a copy: what the users of these slots have, in every database that has it now.
 *
 * @param since of tables that know it, only rows that were written at or after this time, in ms
 */
export function partsOfCopy(shards: Shards, plan: Plan, since: number | undefined): Part[] {
  return sourcesOf(shards, plan).flatMap((from) =>
    MOVED.filter(({ owner }) => owner !== undefined).map(({ name: table, changed }) => ({
      ...{ table, from, ...plan },
      ...(since !== undefined && changed !== undefined && { since }),
    })),
  );
}

/** Where an earlier copy, if no move followed it, would have left rows. */
export function partsOfCopies({ to }: Plan): Part[] {
  return MOVED.filter(({ list }) => list !== undefined).map(({ name }) => ({
    table: name,
    from: to,
  }));
}

/** The parts that may have rows in the wrong place. */
export function partsOfMove({ slots: all, databases, records }: Shards): Part[] {
  return databases.flatMap(({ name: from, slots }) =>
    MOVED.filter(({ owner }) => (owner === undefined ? from !== records : slots < all)).map(
      ({ name: table }) => ({ table, from }),
    ),
  );
}

/**
 * The map with these slots in their new database, in the form of SHARDS.
 *
 * @throws {UsageError} where the database does not exist, or already has the slots
 */
export function mapAfter(shards: Shards, plan: Plan): string {
  sourcesOf(shards, plan);
  const { to, slots } = plan;
  const [first, last] = slots;
  const ranges = rangesOf(shards);
  return formatSlotMap((slot) => {
    if (first <= slot && slot <= last) return to;
    return (ranges.find((range) => range.first <= slot && slot <= range.last) as SlotRange)
      .database;
  });
}

/** The databases that now have some of the slots. */
function sourcesOf(shards: Shards, { to, slots: [first, last] }: Plan): string[] {
  if (!shards.databases.some(({ name }) => name === to)) {
    throw new UsageError(
      `the deployment has no database ${to}`,
      "bind it with [[d1_databases]] in friendgate.toml, and deploy: docs/growing.md",
    );
  }
  const sources = rangesOf(shards)
    .filter((range) => range.first <= last && first <= range.last && range.database !== to)
    .map(({ database }) => database);
  if (sources.length > 0) return [...new Set(sources)];
  throw new UsageError(`${to} has these slots already`, "see: npm run reshard -- show");
}

function rangesOf({ shards }: Shards): SlotRange[] {
  return parseSlotMap(shards) as SlotRange[];
}
