/** Real bindings that count what they are asked to do. */

export function countedKv(kv: KVNamespace) {
  const count = { operations: 0, keys: 0 };
  const binding = {
    get(keys: string | string[], options: unknown) {
      count.operations += 1;
      count.keys += Array.isArray(keys) ? keys.length : 1;
      return (kv.get as (keys: unknown, options: unknown) => unknown).call(kv, keys, options);
    },
  };
  return { count, binding };
}

export function countedDb(db: D1Database) {
  const count = { statements: 0, rowsWritten: 0, rowsRead: 0 };
  const counted = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get(target, property) {
        if (property === "bind") {
          return (...values: unknown[]) => counted(target.bind(...values));
        }
        const value = Reflect.get(target, property);
        if (property !== "run" && property !== "all") return value;
        return async (...args: unknown[]) => {
          count.statements += 1;
          const result: D1Result = await value.apply(target, args);
          count.rowsWritten += result.meta.rows_written;
          count.rowsRead += result.meta.rows_read;
          return result;
        };
      },
    });
  return { count, binding: { prepare: (sql: string) => counted(db.prepare(sql)) } };
}
