import { withParameters } from "./sql.ts";
import { databaseFlags, type Storage } from "./storage.ts";
import { ToolError } from "./tool.ts";
import { outputOfWrangler } from "./wrangler.ts";

/** D1 said no. The error has what D1 said, without the statement. */
export class D1Error extends ToolError {
  override name = "D1Error";

  constructor(message: string) {
    super(message, todoFor(message));
  }
}

/**
 * A database of the project, by way of `wrangler d1 execute`. It is for functions that are written for
 * D1: a tool runs the same statements and parameters as the Worker. Wrangler knows no parameters, so
 * they become part of the statement's text. D1 limits that text to 100 KB.
 *
 * wrangler's `getPlatformProxy` would bind parameters. It is not used. Its remote bindings need a
 * login, so no test could check them. For local storage alone it would be a second bridge.
 *
 * It offers what those functions use: prepare, bind, run, all and first.
 *
 * @param binding the name that the Worker has for it
 */
export function wranglerDatabase(storage: Storage, binding: string): D1Database {
  const prepare = (sql: string, parameters: readonly unknown[] = []) => {
    const run = () => execute(withParameters(sql, parameters), storage, binding);
    return {
      bind: (...values: unknown[]): unknown => prepare(sql, values),
      run,
      all: run,
      async first(column?: string) {
        const [row] = (await run()).results;
        return row === undefined ? null : column === undefined ? row : row[column];
      },
    };
  };
  return { prepare } as unknown as D1Database;
}

type Result = { results: Record<string, unknown>[]; success: boolean; meta: unknown };

/**
 * The statement is on the command line. This cannot be avoided: with `--file`, wrangler gives no rows
 * of a deployment. So `ps` on this machine may show accounts while it runs. It shows no token.
 */
async function execute(sql: string, storage: Storage, binding: string): Promise<Result> {
  const flags = ["--json", "--yes", ...databaseFlags(storage)];
  const args = ["d1", "execute", binding, ...flags, "--command", sql];
  const { code, stdout, stderr } = await outputOfWrangler(args);
  const answer = jsonIn(stdout);
  const [result] = Array.isArray(answer) ? (answer as Result[]) : [];
  if (code === 0 && result !== undefined) return result;
  throw new D1Error(errorIn(answer) ?? (stderr.trim() || "wrangler gave no answer"));
}

function todoFor(message: string): string {
  return message.includes("no such table")
    ? "set the database up: npm start, or npx wrangler d1 migrations apply DB --local; npm run deploy for --remote"
    : "see whether wrangler is logged in (npx wrangler whoami), and Cloudflare's status page";
}

/** Wrangler may print a notice before its answer. */
function jsonIn(text: string): unknown {
  const start = text.search(/^[[{]/m);
  if (start === -1) return undefined;
  try {
    return JSON.parse(text.slice(start));
  } catch {
    return undefined;
  }
}

function errorIn(answer: unknown): string | undefined {
  const { error } = (answer ?? {}) as { error?: { text?: string; notes?: { text: string }[] } };
  if (error?.text === undefined) return undefined;
  return [error.text, ...(error.notes ?? []).map(({ text }) => text)].join(" ");
}
