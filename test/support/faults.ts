/** Failures at the edge: the binding underneath is the real one wherever there is one. */

/** What a statement is to do instead of running: throw, or wait for as long as nobody ends it. */
export type Fault = Error | "hang" | undefined;

type Statement = D1PreparedStatement;

/**
 * A database that runs statements for real, counts them, and fails those that `faultOf` names.
 * What a statement was bound to tells which row it is about.
 */
export function faultyDatabase(
  db: D1Database,
  faultOf: (sql: string, parameters: unknown[]) => Fault,
): D1Database & { statements: number } {
  const failing = (statement: Statement, sql: string, parameters: unknown[]): Statement => {
    const run = <T>(operation: () => Promise<T>): Promise<T> => {
      faulty.statements += 1;
      const fault = faultOf(sql, parameters);
      if (fault === "hang") return new Promise(() => {});
      return fault === undefined ? operation() : Promise.reject(fault);
    };
    return {
      bind: (...values: unknown[]) => failing(statement.bind(...values), sql, values),
      run: () => run(() => statement.run()),
      all: () => run(() => statement.all()),
      first: (column: string) =>
        run(() => (column === undefined ? statement.first() : statement.first(column))),
    } as unknown as Statement;
  };
  const faulty = {
    statements: 0,
    prepare: (sql: string) => failing(db.prepare(sql), sql, []),
  } as unknown as D1Database & { statements: number };
  return faulty;
}

/** A database that answers nothing but this error. */
export function brokenDatabase(message: string): D1Database {
  return {
    prepare() {
      throw new Error(`D1_ERROR: ${message}`);
    },
  } as unknown as D1Database;
}
