import { isDeepStrictEqual } from "node:util";
import type { Pair } from "../tencent/bodies.ts";
import { type Attributes, pairKey, type Truth } from "./truth.ts";

/** A pair that a table has. */
export type Stored = { pair: Pair; attributes: Attributes | null };

export type Difference = {
  /** In the truth, and not in the table. */
  missing: Pair[];
  /** In the table, but no callback ever said so. */
  extra: Pair[];
  /** In the table, because an earlier callback said so. It was deleted since, or added in another way. */
  stale: Pair[];
  /** Not compared, because nobody knows what the table must say. */
  unsure: number;
};

/** Where a table differs from the truth. */
export function compare(truth: Truth, stored: readonly Stored[]): Difference {
  const difference: Difference = { missing: [], extra: [], stale: [], unsure: 0 };
  const found = new Set<string>();
  for (const { pair, attributes } of stored) {
    const key = pairKey(pair);
    found.add(key);
    const expected = truth.get(key);
    if (expected === undefined) difference.extra.push(pair);
    else if (expected.state === "deleted") difference.stale.push(pair);
    else if (expected.state === "there" && !isDeepStrictEqual(expected.attributes, attributes)) {
      difference.stale.push(pair);
    }
  }
  for (const [key, { state }] of truth) {
    if (state === "unsure") difference.unsure += 1;
    else if (state === "there" && !found.has(key)) difference.missing.push(JSON.parse(key));
  }
  return difference;
}

/** How many pairs differ. */
export function sizeOf({ missing, extra, stale }: Difference): number {
  return missing.length + extra.length + stale.length;
}
