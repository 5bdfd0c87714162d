import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** Random numbers. The same seed gives the same ones. */
export type Random = {
  /** A whole number from `from` to `to`, both included. */
  int(from: number, to: number): number;
  /** True in so many of a hundred cases. */
  percent(chance: number): boolean;
  /** From 0 to below 1. */
  fraction(): number;
  pick<T>(values: readonly [T, ...T[]]): T;
};

export function randomOf(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  const int = (from: number, to: number) => uniformInt(generator, from, to);
  const fraction = () => uniformFloat64(generator);
  return {
    int,
    fraction,
    percent: (chance) => fraction() * 100 < chance,
    pick: (values) => values[int(0, values.length - 1)] ?? values[0],
  };
}
