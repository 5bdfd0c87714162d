import type { Reader } from "./reader.ts";

/** What the last comparison of the friends table with Tencent's own lists found. */
export type Reconciliation = {
  /** Milliseconds since the epoch. */
  startedAt: number;
  finishedAt: number;
  dryRun: boolean;
  users: number;
  /** Friends in their lists. */
  checked: number;
  missing: number;
  extra: number;
  repaired: number;
  /** Users without an account. */
  skipped: number;
  /** Users whose lists could not be read. */
  failed: number;
};

/** Replaces the one before. */
export async function storeReconciliation(db: D1Database, report: Reconciliation): Promise<void> {
  await db
    .prepare("REPLACE INTO reconciliation (id, report) VALUES (1, ?1)")
    .bind(JSON.stringify(report))
    .run();
}

export async function readReconciliation(db: Reader): Promise<Reconciliation | null> {
  const report = await db.prepare("SELECT report FROM reconciliation").first<string>("report");
  return report === null ? null : JSON.parse(report);
}
