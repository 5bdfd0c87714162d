import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { ApiError, type Call, json, ok, page, param, type Routes } from "./http.ts";
import { statementsOf } from "./sql.ts";
import { type Account, type Database, newDatabase } from "./state.ts";

type Result = { results: unknown[]; success: true; meta: Record<string, unknown> };

/** @param origin where the double listens: an upload of SQL goes to an address that D1 names */
export function d1Routes({ databases }: Account, origin: () => string): Routes {
  const base = "/accounts/:account/d1/database";
  const uploads = new Map<string, Buffer>();

  const found = (call: Call): Database => {
    const wanted = param(call, "id");
    const database = databases.find(({ uuid, name }) => uuid === wanted || name === wanted);
    if (database !== undefined) return database;
    throw new ApiError(404, 7404, `The database ${wanted} could not be found`);
  };

  return {
    [`GET ${base}`](call) {
      const name = call.query.get("name");
      const all = databases.filter((database) => name === null || database.name === name);
      return page(all.map(shown), call);
    },
    [`POST ${base}`](call) {
      const { name } = json<{ name: string }>(call);
      if (databases.some((database) => database.name === name)) {
        throw new ApiError(400, 7502, `Database with name '${name}' already exists`);
      }
      const database = newDatabase(name);
      databases.push(database);
      return ok(shown(database));
    },
    [`GET ${base}/:id`]: (call) => ok(shown(found(call))),
    [`POST ${base}/:id/query`]: (call) =>
      ok(execute(found(call), json<{ sql: string; params?: unknown[] }>(call))),
    // A file: D1 names an address for it, takes it there, and executes it when told so.
    [`POST ${base}/:id/import`](call) {
      const database = found(call);
      const { action, etag = "" } = json<{ action: string; etag?: string }>(call);
      const same = { success: true, type: "import", messages: [], at_bookmark: "0" };
      if (action === "init") {
        return ok({ ...same, upload_url: `${origin()}/upload/${etag}`, filename: `${etag}.sql` });
      }
      const file = uploads.get(etag);
      if (file === undefined) throw new ApiError(400, 7500, "nothing was uploaded");
      const done = execute(database, { sql: file.toString("utf8") });
      const meta = { duration: 0, rows_read: 0, rows_written: 0, size_after: 0 };
      return ok({
        ...same,
        status: "complete",
        result: { num_queries: done.length, final_bookmark: "0", meta },
      });
    },
    // `d1 info` asks for a day's metrics: there are none.
    "POST /graphql": () => ({
      plain: { status: 200, body: '{"data":{"viewer":{"accounts":[]}}}' },
    }),
    "PUT /upload/:etag"(call) {
      const etag = createHash("md5").update(call.body).digest("hex");
      uploads.set(etag, call.body);
      return { plain: { status: 200, headers: { etag: `"${etag}"` }, body: "" } };
    },
  };
}

function shown({ uuid, name, created_at, query }: Database) {
  const [tables] = query("SELECT count(*) AS n FROM sqlite_master WHERE type = 'table'");
  const rest = { version: "production", num_tables: tables?.n, file_size: 0 };
  return { uuid, name, created_at, ...rest, running_in_region: "WEUR" };
}

/** All statements or none: D1 undoes what came before the one that failed. */
function execute({ sqlite }: Database, query: { sql: string; params?: unknown[] }): Result[] {
  const statements = statementsOf(query.sql);
  if (statements.length === 0) throw new ApiError(400, 7500, "No SQL statements detected.");
  sqlite.exec("BEGIN");
  try {
    const results = statements.map((sql) => {
      const values = (query.params ?? []) as (string | number | null)[];
      const before = changesOf(sqlite);
      const results = sqlite.prepare(sql).all(...values);
      const meta = { duration: 0.1, changes: changesOf(sqlite) - before };
      return { results, success: true as const, meta };
    });
    sqlite.exec("COMMIT");
    return results;
  } catch (error) {
    sqlite.exec("ROLLBACK");
    const { message } = error as Error;
    throw new ApiError(400, 7500, `${message}: SQLITE_ERROR`);
  }
}

/** How many rows this database has ever changed. */
function changesOf(sqlite: DatabaseSync): number {
  return Number(sqlite.prepare("SELECT total_changes() AS n").get()?.n);
}
