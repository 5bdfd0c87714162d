/** The types of the Worker's answers lead to files that name this one. */
type D1Database = import("@cloudflare/workers-types").D1Database;
