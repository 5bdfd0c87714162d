/** What the consumer's Worker is asked for, and what it answers. */
export type Fill = { rows: number };
export type Filled = { bytes: number };
export type Apply = {
  rows: number;
  messages: number;
  pairs: number;
  /** `list`: a message is about neighbours in the table, `table`: about pairs all over it. */
  pairsOf: "list" | "table";
  repeats: number;
};
/** The time of one batch; what is counted is of one batch, too. */
export type Applied = { ms: number; statements: number; rowsWritten: number };

/** What is stored to see how many bytes it takes: rows from one number up to another, of so many in all. */
export type Store = { database: string; stored: Stored; from: number; to: number; rows: number };
export type Stored = "friendship" | "response" | "refused response" | "request";
/** The size of the database then. */
export type StoredBytes = { bytes: number };
