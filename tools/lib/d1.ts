import { outputOfWrangler } from "./wrangler.ts";

/** Where the database is. Local is what `npm start` and `wrangler dev` use. */
export type D1Target = {
  remote: boolean;
  /** The folder of the local storage, where it is not wrangler's usual one. */
  persistTo?: string | undefined;
};

/** D1 said no; what it said, without the statement. */
export class D1Error extends Error {
  override name = "D1Error";
}

/**
 * The project's database by way of `wrangler d1 execute`, for functions that are written for D1:
 * the same statements and parameters, so that a tool does what the Worker does. Wrangler knows no
 * parameters: they become part of the statement's text, which D1 limits to 100 KB.
 *
 * It offers what those functions use: prepare, bind, run, all and first.
 */
export function wranglerDatabase(target: D1Target): D1Database {
  const prepare = (sql: string, parameters: readonly unknown[] = []) => {
    const run = () => execute(withParameters(sql, parameters), target);
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

/** `?1` and its like stand outside of quotes: no statement of this project quotes a question mark. */
export function withParameters(sql: string, parameters: readonly unknown[]): string {
  return sql.replaceAll(/\?(\d+)/g, (_, index) => literal(parameters[Number(index) - 1]));
}

function literal(value: unknown): string {
  if (value === null) return "NULL";
  if (typeof value === "string") return `'${value.replaceAll("'", "''")}'`;
  if (Number.isFinite(value)) return String(value);
  throw new TypeError(`no SQL literal for ${typeof value}`);
}

async function execute(sql: string, { remote, persistTo }: D1Target): Promise<Result> {
  const where = remote ? ["--remote"] : ["--local"];
  if (persistTo !== undefined) where.push("--persist-to", persistTo);
  const args = ["d1", "execute", "DB", "--json", "--yes", ...where, "--command", sql];
  const { code, stdout, stderr } = await outputOfWrangler(args);
  const answer = jsonIn(stdout);
  const [result] = Array.isArray(answer) ? (answer as Result[]) : [];
  if (code === 0 && result !== undefined) return result;
  throw new D1Error(errorIn(answer) ?? (stderr.trim() || "wrangler gave no answer"));
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
