/** How a table is swept: slice after slice. Each is a few short statements, so that changes need not wait. */
export type Sweep = {
  sliceRows: number;
  /** Asked before each slice: whether so many statements may still be made. */
  draw: (statements: number) => boolean;
};

/**
 * Limits the statements of several sweeps together, also when they run side by side.
 *
 * @returns a share for one of them: no more than half of what is left
 */
export function sharesOf(statements: number): () => Sweep["draw"] {
  let left = statements;
  return () => {
    let own = Math.ceil(left / 2);
    return (wanted) => {
      if (wanted > own || wanted > left) return false;
      own -= wanted;
      left -= wanted;
      return true;
    };
  };
}
