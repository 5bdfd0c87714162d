/** What reading needs from a database: from the primary one, or from a session that a copy may serve. */
export type Reader = Pick<D1Database, "prepare" | "batch">;
