import { percentile } from "../tools/lib/latency.ts";

/** The value below which half of the values lie. */
export function median(values: readonly number[]): number {
  return percentileOf(values, 50);
}

/** The value that so many in a hundred of the values do not exceed. */
export function percentileOf(values: readonly number[], percent: number): number {
  const value = percentile(
    values.toSorted((a, b) => a - b),
    percent,
  );
  if (value === undefined) throw new Error("no values");
  return value;
}

/** The least and the greatest value, in parts of the median. */
export function spread(values: readonly number[]): [number, number] {
  const middle = median(values);
  return [Math.min(...values) / middle, Math.max(...values) / middle].map((part) =>
    Number(part.toFixed(2)),
  ) as [number, number];
}
