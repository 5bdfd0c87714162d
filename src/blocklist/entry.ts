/** One rule in the format of `wrangler kv bulk put`. */
export type Entry = {
  key: string;
  value: string;
  /** Unix seconds. */
  expiration?: number;
  /** Seconds after it is written. */
  expiration_ttl?: number;
  metadata?: object;
};

/** The line of something in a file, from 1. Undefined for something in the namespace. */
export type Line = number | undefined;

export type Located<T> = T & { line: Line };

export type Problem = { line: Line; key?: string | undefined; message: string };

/** What a file holds, and what in it cannot be read. */
export type ReadEntries = { entries: Located<Entry>[]; problems: Problem[] };
