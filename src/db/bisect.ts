/** How many tries are left. Several calls share it, and each try counts it down. */
export type Budget = { tries: number };

export type Bisected<T> = {
  applied: T[];
  /** What `apply` returned, added up. */
  total: number;
  /** Each fails alone, too. */
  failed: T[];
  /** Not found out: the database is away, or the tries are used up. */
  postponed: T[];
  /** The last error, where there was one. */
  error: unknown;
};

/**
 * Applies all items at once. If that fails, it applies halves of them, down to the items that fail alone. One
 * bad item among n costs about 2·log2(n) tries. A transient error ends it: in an outage the halves would fail
 * like the whole.
 *
 * @param budget limits what many bad items together can cost; the next time goes on from there
 */
export async function bisect<T>(
  items: readonly T[],
  apply: (items: readonly T[]) => Promise<number>,
  { isTransient, budget }: { isTransient: (error: unknown) => boolean; budget: Budget },
): Promise<Bisected<T>> {
  const result: Bisected<T> = {
    applied: [],
    total: 0,
    failed: [],
    postponed: [],
    error: undefined,
  };
  const groups = items.length === 0 ? [] : [items];
  for (; budget.tries > 0; budget.tries--) {
    const group = groups.pop();
    if (group === undefined) break;
    try {
      result.total += await apply(group);
      result.applied.push(...group);
    } catch (error) {
      result.error = error;
      if (isTransient(error)) {
        groups.push(group);
        break;
      }
      if (group.length === 1) {
        result.failed.push(...group);
      } else {
        const half = Math.ceil(group.length / 2);
        groups.push(group.slice(half), group.slice(0, half));
      }
    }
  }
  result.postponed = groups.flat();
  return result;
}
