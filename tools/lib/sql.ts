/**
 * A statement with its parameters written into it. `?1` and the others are never inside quotes: no
 * statement of this project quotes a question mark.
 */
export function withParameters(sql: string, parameters: readonly unknown[]): string {
  return sql.replaceAll(/\?(\d+)/g, (_, index) => literal(parameters[Number(index) - 1]));
}

function literal(value: unknown): string {
  if (value === null) return "NULL";
  if (typeof value === "string") return text(value);
  if (Number.isFinite(value)) return String(value);
  throw new TypeError(`no SQL literal for ${typeof value}`);
}

/** SQLite takes no NUL within a text, and a command line takes none either. */
function text(value: string): string {
  return value.includes("\0")
    ? `CAST(X'${Buffer.from(value).toString("hex")}' AS TEXT)`
    : `'${value.replaceAll("'", "''")}'`;
}
