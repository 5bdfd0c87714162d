/** The value below which so large a part of the values lies. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  if (value === undefined) throw new Error("no values");
  return value;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The least and the greatest value, in parts of the median. */
export function spread(values: readonly number[]): [number, number] {
  const middle = median(values);
  return [Math.min(...values) / middle, Math.max(...values) / middle].map((part) =>
    Number(part.toFixed(2)),
  ) as [number, number];
}
