// The tools run functions of src/, which know the platform's types as globals.
type D1Database = import("@cloudflare/workers-types").D1Database;
