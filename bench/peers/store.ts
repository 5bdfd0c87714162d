import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { root } from "../../tools/lib/wrangler.ts";

/**
 * The SQLite that all contenders look up and store in, in memory: Node's own, for better-sqlite3 has
 * to be compiled where it is installed, by tools that a newcomer need not have.
 *
 * @param from the folder of the project whose tables it has; an older commit has another
 */
export function createStore(from = root): DatabaseSync {
  const db = new DatabaseSync(":memory:");
  const migrations = join(from, "migrations");
  for (const file of readdirSync(migrations).sort()) {
    db.exec(readFileSync(join(migrations, file), "utf8"));
  }
  db.exec("CREATE TABLE blocklist (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID");
  const insert = db.prepare("INSERT INTO blocklist VALUES (?, 'spam')");
  for (let index = 0; index < 10_000; index += 1) insert.run(`user:spammer${index}`);
  return db;
}
