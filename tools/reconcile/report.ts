import Table from "cli-table3";
import { durationText } from "../lib/duration.ts";
import type { Found } from "./figures.ts";

export type Report = { startedAt: number; finishedAt: number; dryRun: boolean; found: Found };

/** What was found: each figure with its meaning. */
export function reportText({ startedAt, finishedAt, dryRun, found }: Report): string {
  const took = durationText(finishedAt - startedAt);
  const rows: [name: string, count: number, meaning: string][] = [
    ["users", found.users, `in ${took}`],
    ["checked", found.checked, "friends in Tencent's lists of those who could be read"],
    ["missing", found.missing, "of them were not in the table"],
    ["extra", found.extra, "friends were in the table, and not in Tencent's lists"],
    ["repaired", found.repaired, dryRun ? "nothing: --dry-run" : "rows of the table"],
    ["unchanged", found.unchanged, "friends were in both"],
    ["skipped", found.skipped, "users whom Tencent does not have"],
    ["failed", found.failed, "users who could not be read"],
  ];
  const table = new Table({ style: { head: [], border: [], compact: true } });
  for (const [name, count, meaning] of rows) {
    table.push([name, { content: String(count), hAlign: "right" }, meaning]);
  }
  return table.toString();
}

export function reportJson({ startedAt, finishedAt, dryRun, found }: Report) {
  return {
    startedAt: new Date(startedAt).toISOString(),
    finishedAt: new Date(finishedAt).toISOString(),
    dryRun,
    ...found,
  };
}

/** One line: how far it is, and how long it will take. */
export function progressText(
  found: Found,
  { done, total, elapsedMs }: { done: number; total: number | undefined; elapsedMs: number },
): string {
  const perSecond = (done * 1000) / Math.max(1, elapsedMs);
  const left =
    total === undefined || done === 0 || total < found.users
      ? ""
      : `, ${durationText(((total - found.users) * 1000) / perSecond)} left`;
  return `${perSecond.toFixed(1)} a second${left} | missing ${found.missing}, extra ${found.extra}`;
}
