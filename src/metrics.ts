import type { Outcome } from "./db/counts.ts";
import type { Decided } from "./events/record.ts";
import { DATA_POINTS_MAX } from "./limits.ts";

/** Analytics Engine, where wrangler.toml binds it. */
export type MetricsBinding = { METRICS?: AnalyticsEngineDataset };

/**
 * Data points for the decisions of one callback; docs/metrics.md names the columns. Items that were
 * decided alike by the same rule are one point with their number, so that a callback of thousands
 * stays within what an invocation may write; what would go beyond it is not counted. A promise, so
 * that a failure is nobody's who waits for the reply.
 */
export async function measure(
  metrics: AnalyticsEngineDataset,
  command: string,
  { items, latencyMs }: Decided,
): Promise<void> {
  const points = new Map<string, { blobs: string[]; count: number }>();
  for (const { about, decision } of items) {
    const { decidedBy, observed, outcome } = decision;
    const blobs = [
      command,
      observed === undefined ? outcome : "observe",
      (observed ?? decidedBy)?.kind ?? "none",
      about.platform ?? "",
      (observed ?? decidedBy)?.key ?? "",
    ];
    const name = JSON.stringify(blobs);
    const point = points.get(name);
    if (point === undefined) points.set(name, { blobs, count: 1 });
    else point.count += 1;
  }
  for (const { blobs, count } of [...points.values()].slice(0, DATA_POINTS_MAX)) {
    metrics.writeDataPoint({ indexes: [command], blobs, doubles: [latencyMs, count] });
  }
}

/** A data point for what became of callbacks that are not friendgate's to answer. */
export async function measurePassing(
  metrics: AnalyticsEngineDataset,
  { command, outcome, ms, count }: { command: string; outcome: Outcome; ms: number; count: number },
): Promise<void> {
  const blobs = [command, outcome, "none", "", ""];
  metrics.writeDataPoint({ indexes: [command], blobs, doubles: [ms, count] });
}
