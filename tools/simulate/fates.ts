import { randomOf } from "./random.ts";

export type Faults = {
  /** Parts of the callbacks, from 0 to 1, and what happens to them. */
  fail: { rate: number; status: number };
  /** The part that never gets an answer. */
  hangRate: number;
};

/** The status of an answer, or none at all. */
export type Fate = number | "hang";

/** The fate of each callback, one after the other. The same seed gives the same fates. */
export function fates({ fail, hangRate }: Faults, seed: number): () => Fate {
  const random = randomOf(seed);
  return () => {
    // Both numbers are drawn each time. So a new rate of one does not change the other.
    const [hangs, fails] = [random.fraction() < hangRate, random.fraction() < fail.rate];
    if (hangs) return "hang";
    return fails ? fail.status : 200;
  };
}
