/** Failures at the edge: the binding underneath is the real one wherever there is one. */

/**
 * What happens to a statement: it throws instead of running, it runs and the answer is lost on its
 * way, or nothing is ever heard of it.
 */
export type Fault = Error | { afterwards: Error } | "hang" | undefined;

/**
 * A database that runs statements for real, counts them, and fails those that `faultOf` names.
 * What a statement was bound to tells which row it is about.
 */
export function faultyDatabase(
  db: D1Database,
  faultOf: (sql: string, parameters: unknown[]) => Fault,
): D1Database & { statements: number; failures: number } {
  type Run = <T>(operation: () => Promise<T>) => Promise<T>;
  const inBatches = new WeakMap<object, { statement: D1PreparedStatement; run: Run }>();
  const watch = (statement: D1PreparedStatement, sql: string, parameters: unknown[]) => {
    const run = async <T>(operation: () => Promise<T>): Promise<T> => {
      faulty.statements += 1;
      const fault = faultOf(sql, parameters);
      if (fault === undefined) return operation();
      faulty.failures += 1;
      if (fault === "hang") return new Promise(() => {});
      if (fault instanceof Error) throw fault;
      await operation();
      throw fault.afterwards;
    };
    const watched = {
      bind: (...values: unknown[]): unknown => watch(statement.bind(...values), sql, values),
      run: () => run(() => statement.run()),
      all: () => run(() => statement.all()),
      first: (column: string) =>
        run(() => (column === undefined ? statement.first() : statement.first(column))),
    };
    inBatches.set(watched, { statement, run });
    return watched;
  };
  const faulty = {
    statements: 0,
    failures: 0,
    prepare: (sql: string) => watch(db.prepare(sql), sql, []),
    /** A transaction: a fault of one statement is the fault of all. */
    batch(statements: object[]) {
      const all = statements.flatMap((each) => inBatches.get(each) ?? []);
      const runBatch = () => db.batch(all.map(({ statement }) => statement));
      return all.reduce<() => Promise<D1Result[]>>(
        (operation, { run }) =>
          () =>
            run(operation),
        runBatch,
      )();
    },
  };
  return faulty as unknown as D1Database & { statements: number; failures: number };
}

/** A database that answers nothing but this error. */
export function brokenDatabase(message: string): D1Database {
  const fails = () => {
    throw new Error(`D1_ERROR: ${message}`);
  };
  return { prepare: fails, batch: fails, withSession: fails } as unknown as D1Database;
}

/** An operation of which nothing is ever heard, and the moment from which it is waited for. */
export function hanging() {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const operation = () => {
    begin();
    return new Promise<never>(() => {});
  };
  return { begun, operation };
}
