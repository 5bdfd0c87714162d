/** The requests to the consumer's Worker, and its answers. */
export type Fill = { rows: number };
export type Filled = { bytes: number };
export type Apply = {
  rows: number;
  messages: number;
  pairs: number;
  /**
   * `list`: a message has pairs that are neighbours in the table. `table`: its pairs are all over the table.
   */
  pairsOf: "list" | "table";
  repeats: number;
};
/** The time of one batch. The counts are of one batch, too. */
export type Applied = { ms: number; statements: number; rowsWritten: number };

/** Rows to store, to see how many bytes they take: from one number up to another, of so many in all. */
export type Store = { database: string; stored: Stored; from: number; to: number; rows: number };
export type Stored = "friendship" | "response" | "refused response" | "request";
/** The size of the database after that. */
export type StoredBytes = { bytes: number };
