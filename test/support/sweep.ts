import type { Sweep } from "../../src/db/sweep.ts";

/** Lets a sweep go on for so many slices. */
export function slices(count: number): Sweep["draw"] {
  let left = count;
  return () => {
    left -= 1;
    return left >= 0;
  };
}
