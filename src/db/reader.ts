/** What reading asks of a database: of the primary one, or of a session that a copy may serve. */
export type Reader = Pick<D1Database, "prepare" | "batch">;
