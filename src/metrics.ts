import type { Outcome } from "./db/counts.ts";
import type { Decided } from "./events/record.ts";
import { DATA_POINTS_MAX } from "./limits.ts";

/** Analytics Engine, where wrangler.toml binds it. */
export type MetricsBinding = { METRICS?: AnalyticsEngineDataset };

/**
 * Writes data points for the decisions of one callback; docs/metrics.md names the columns. Items that the
 * same rule decided alike are one point with their number. So a callback with thousands of items stays
 * within what an invocation may write. Points beyond that limit are not counted. It returns a promise, so
 * that a failure does not reach the reply.
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

/** Writes a data point for callbacks that friendgate does not answer itself. */
export async function measurePassing(
  metrics: AnalyticsEngineDataset,
  { command, outcome, ms, count }: { command: string; outcome: Outcome; ms: number; count: number },
): Promise<void> {
  const blobs = [command, outcome, "none", "", ""];
  metrics.writeDataPoint({ indexes: [command], blobs, doubles: [ms, count] });
}
