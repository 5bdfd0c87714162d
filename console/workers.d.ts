/** The types of the Worker's answers come from files that use this name. */
type D1Database = import("@cloudflare/workers-types").D1Database;
