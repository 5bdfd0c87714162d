import type { Reader } from "../../src/db/reader.ts";

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

/** `reads` has the rows that each statement read, in the order of the statements. */
export function countedDb(db: D1Database) {
  const count = { statements: 0, rowsWritten: 0, rowsRead: 0, reads: [] as number[] };
  const add = ({ meta }: D1Result) => {
    count.statements += 1;
    count.rowsWritten += meta.rows_written;
    count.rowsRead += meta.rows_read;
    count.reads.push(meta.rows_read);
  };
  const originals = new WeakMap<D1PreparedStatement, D1PreparedStatement>();
  const counted = (statement: D1PreparedStatement): D1PreparedStatement => {
    const proxy = new Proxy(statement, {
      get(target, property) {
        if (property === "bind") {
          return (...values: unknown[]) => counted(target.bind(...values));
        }
        if (property === "first") {
          return async (column?: string) => {
            const result = await target.all();
            add(result);
            const [row] = result.results;
            return row === undefined ? null : column === undefined ? row : row[column];
          };
        }
        const value = Reflect.get(target, property);
        if (property !== "run" && property !== "all") return value;
        return async (...args: unknown[]) => {
          const result: D1Result = await value.apply(target, args);
          add(result);
          return result;
        };
      },
    });
    originals.set(proxy, statement);
    return proxy;
  };
  const reading = (reader: Reader): Reader => ({
    prepare: (sql) => counted(reader.prepare(sql)),
    async batch<Row>(statements: D1PreparedStatement[]) {
      const results = await reader.batch<Row>(
        statements.map((each) => originals.get(each) ?? each),
      );
      for (const result of results) add(result);
      return results;
    },
  });
  const binding = {
    ...reading(db),
    withSession(from?: string) {
      const session = db.withSession(from);
      return { ...reading(session), getBookmark: () => session.getBookmark() };
    },
  } as D1Database;
  return { count, binding };
}
