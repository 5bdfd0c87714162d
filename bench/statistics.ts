import { percentile } from "../tools/lib/latency.ts";

/** The median: half of the values are below it. */
export function median(values: readonly number[]): number {
  return percentileOf(values, 50);
}

/** So many in a hundred of the values are not above this value. */
export function percentileOf(values: readonly number[], percent: number): number {
  const value = percentile(
    values.toSorted((a, b) => a - b),
    percent,
  );
  if (value === undefined) throw new Error("no values");
  return value;
}

/** The least and the greatest value, as fractions of the median. */
export function spread(values: readonly number[]): [number, number] {
  const middle = median(values);
  return [Math.min(...values) / middle, Math.max(...values) / middle].map((part) =>
    Number(part.toFixed(2)),
  ) as [number, number];
}
