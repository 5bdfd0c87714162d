export type Latency = { p50: number; p95: number; p99: number; max: number };

/** The percentiles of some durations in milliseconds, by the nearest rank; undefined of none. */
export function latencyOf(durationsMs: readonly number[]): Latency | undefined {
  const sorted = durationsMs.toSorted((a, b) => a - b);
  const max = sorted.at(-1);
  if (max === undefined) return undefined;
  const rank = (percent: number) => sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? max;
  return { p50: rank(50), p95: rank(95), p99: rank(99), max };
}

export function latencyText({ p50, p95, p99, max }: Latency): string {
  return `p50 ${ms(p50)}, p95 ${ms(p95)}, p99 ${ms(p99)}, most ${ms(max)}`;
}

function ms(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}
