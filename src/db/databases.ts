import { SLOTS } from "../limits.ts";
import { type SlotRange, slotOf } from "../slots.ts";

/** A D1 database, and the name of its binding. */
export type Database<Db = D1Database> = { name: string; db: Db };

/**
 * The databases of a deployment. Each of them has every table. Only this type says which rows are in which
 * database. If one database is bound, it has all of these roles.
 */
export type Databases<Db = D1Database> = {
  /** What exists once: counts, arrivals, the last reconciliation. */
  main: Database<Db>;
  /** The record of requests and responses, the daily limit, dead letters. */
  records: Database<Db>;
  /** What a user has: friends, blacklist, dismissals. */
  of: (userId: string) => Database<Db>;
  /** Every bound database, also one without a slot. A removal or an erasure runs in all of them. */
  all: readonly Database<Db>[];
};

/** The same databases, each with what `made` makes of it. */
export function eachAs<Db>(
  { main, records, of, all }: Databases,
  made: (database: Database) => Db,
): Databases<Db> {
  const others = new Map(all.map((database) => [database, { ...database, db: made(database) }]));
  const other = (database: Database) => others.get(database) as Database<Db>;
  return {
    main: other(main),
    records: other(records),
    of: (userId) => other(of(userId)),
    all: all.map(other),
  };
}

const known = new WeakMap<object, Databases | undefined>();

/**
 * The databases that are bound in `env`.
 *
 * @param shards which of them has which slots; undefined if that is not known
 * @returns undefined if the place of a user's rows is not known, or if `DB` is not bound
 */
export function databasesOf(
  env: object,
  shards: readonly SlotRange[] | undefined,
): Databases | undefined {
  if (!known.has(env)) known.set(env, shards && find(env, shards));
  return known.get(env);
}

function find(env: object, shards: readonly SlotRange[]): Databases | undefined {
  const all = Object.entries(env).flatMap(([name, db]) =>
    isDatabaseName(name) && db && typeof db === "object" ? [{ name, db: db as D1Database }] : [],
  );
  const named = (name: string) => all.find((database) => database.name === name);
  const main = named("DB");
  if (main === undefined) return undefined;
  const bySlot = new Array<Database>(SLOTS);
  for (const { database, first, last } of shards) {
    // The configuration has checked that it is bound.
    bySlot.fill(named(database) as Database, first, last + 1);
  }
  const [only] = new Set(bySlot).size === 1 ? bySlot : [];
  return {
    main,
    records: named("RECORDS") ?? main,
    // If one database has all slots, nothing is computed.
    of: (userId) => only ?? (bySlot[slotOf(userId)] as Database),
    all,
  };
}

/** Why the place of a user's rows is not known: what is not bound, and the configuration's problems. */
export function whyUnknown(bindings: { DB?: unknown }, problems: readonly string[]): string[] {
  const unbound = bindings.DB ? [] : ["DB is bound to no D1 database: see wrangler.toml"];
  return [...unbound, ...problems];
}

/** The names of the bindings: `DB`, those of more databases, and `RECORDS`. */
export function isDatabaseName(name: string): boolean {
  return /^(?:DB(?:_\w+)?|RECORDS)$/.test(name);
}
