import type { Pair } from "../tencent/bodies.ts";
import { type Attributes, pairKey, type Truth } from "./truth.ts";

/** A friendship that the table has. */
export type Stored = { pair: Pair; attributes: Attributes };

export type Difference = {
  /** Friends by the truth, and not in the table. */
  missing: Pair[];
  /** In the table, and nobody ever said so. */
  extra: Pair[];
  /** In the table, and an earlier callback said so: deleted since, or become friends otherwise. */
  stale: Pair[];
  /** Not compared, for no one knows what the table must say. */
  unsure: number;
};

/** Where the table differs from the truth. */
export function compare(truth: Truth, stored: readonly Stored[]): Difference {
  const difference: Difference = { missing: [], extra: [], stale: [], unsure: 0 };
  const found = new Set<string>();
  for (const { pair, attributes } of stored) {
    const key = pairKey(pair);
    found.add(key);
    const expected = truth.get(key);
    if (expected === undefined) difference.extra.push(pair);
    else if (expected.state === "deleted") difference.stale.push(pair);
    else if (expected.state === "friends" && !isSame(expected.attributes, attributes)) {
      difference.stale.push(pair);
    }
  }
  for (const [key, { state }] of truth) {
    if (state === "unsure") difference.unsure += 1;
    else if (state === "friends" && !found.has(key)) difference.missing.push(JSON.parse(key));
  }
  return difference;
}

/** How many pairs differ. */
export function sizeOf({ missing, extra, stale }: Difference): number {
  return missing.length + extra.length + stale.length;
}

function isSame(a: Attributes, b: Attributes): boolean {
  return (
    a.initiatorId === b.initiatorId &&
    a.source === b.source &&
    a.adminId === b.adminId &&
    a.forced === b.forced
  );
}
