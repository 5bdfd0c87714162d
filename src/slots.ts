import { SLOTS } from "./limits.ts";

/** Users are spread over slots, and slots over databases. One database has these slots, with both ends. */
export type SlotRange = {
  /** The binding of the database. */
  database: string;
  first: number;
  last: number;
};

/**
 * The slot of a user: FNV-1a over the UTF-16 of the id, mixed as in MurmurHash3, the upper ten bits. This
 * must never change: the rows are stored where it says.
 */
export function slotOf(userId: string): number {
  // SQLite gives the id back like this: half of a surrogate pair becomes U+FFFD.
  const id = userId.toWellFormed();
  let hash = 0x811c9dc5;
  for (let at = 0; at < id.length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 22;
}

/**
 * Reads a slot map such as `DB 0-511, DB_2 512-1023`. A database may have several ranges, and a range of
 * one slot is its number.
 *
 * @returns the ranges in the order of their slots, or what is wrong, as the end of a sentence
 */
export function parseSlotMap(text: string): SlotRange[] | string {
  const ranges: SlotRange[] = [];
  for (const part of text.split(",")) {
    const [, database, first, last = first] =
      /^\s*(DB(?:_\w+)?)\s+(\d{1,4})(?:-(\d{1,4}))?\s*$/.exec(part) ?? [];
    if (database === undefined) return "must be a list such as DB 0-511, DB_2 512-1023";
    ranges.push({ database, first: Number(first), last: Number(last) });
  }
  ranges.sort((a, b) => a.first - b.first);
  let next = 0;
  for (const { first, last } of ranges) {
    if (last >= SLOTS) return `goes beyond slot ${SLOTS - 1}`;
    if (last < first) return `has a range from ${first} down to ${last}`;
    if (first > next) return `gives slot ${next} to no database`;
    if (first < next) return `gives slot ${first} to two databases`;
    next = last + 1;
  }
  return next === SLOTS ? ranges : `gives slot ${next} to no database`;
}

/** The text that `parseSlotMap` reads, with as few ranges as possible. */
export function formatSlotMap(databaseOf: (slot: number) => string): string {
  const ranges: SlotRange[] = [];
  for (let slot = 0; slot < SLOTS; slot++) {
    const database = databaseOf(slot);
    const range = ranges.at(-1);
    if (range?.database === database) range.last = slot;
    else ranges.push({ database, first: slot, last: slot });
  }
  return ranges
    .map(({ database, first, last }) =>
      first === last ? `${database} ${first}` : `${database} ${first}-${last}`,
    )
    .join(", ");
}
