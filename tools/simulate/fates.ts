import { randomOf } from "./random.ts";

export type Faults = {
  /** Parts of the callbacks, from 0 to 1, and what they get. */
  fail: { rate: number; status: number };
  /** Those that never get an answer. */
  hangRate: number;
};

/** The status of an answer, or none at all. */
export type Fate = number | "hang";

/** What becomes of one callback after the other: the same for the same seed. */
export function fates({ fail, hangRate }: Faults, seed: number): () => Fate {
  const random = randomOf(seed);
  return () => {
    // Both are drawn each time: another rate of the one leaves the other as it is.
    const [hangs, fails] = [random.fraction() < hangRate, random.fraction() < fail.rate];
    if (hangs) return "hang";
    return fails ? fail.status : 200;
  };
}
