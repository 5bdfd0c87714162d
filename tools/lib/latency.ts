export type Latency = { p50: number; p95: number; p99: number; max: number };

/** The percentiles of some durations in milliseconds. Undefined if there are none. */
export function latencyOf(durationsMs: readonly number[]): Latency | undefined {
  const sorted = durationsMs.toSorted((a, b) => a - b);
  const [p50, p95, p99, max] = [50, 95, 99, 100].map((percent) => percentile(sorted, percent));
  if (p50 === undefined || p95 === undefined || p99 === undefined || max === undefined)
    return undefined;
  return { p50, p95, p99, max };
}

/** By the nearest rank: the smallest value that at least `percent` of 100 values do not exceed. */
export function percentile(sorted: readonly number[], percent: number): number | undefined {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}

export function latencyText({ p50, p95, p99, max }: Latency): string {
  return `p50 ${ms(p50)}, p95 ${ms(p95)}, p99 ${ms(p99)}, most ${ms(max)}`;
}

function ms(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}
