import { type Finding, ok, warning } from "./finding.ts";
import type { Health } from "./health.ts";

/** More than single lost callbacks make. */
const DRIFT_WARNING_PER_THOUSAND = 10;

/** How far the friends table was from Tencent's own lists at the last comparison. */
export function driftFindings({ reconciliation }: Health): Finding[] {
  if (!reconciliation) return [];
  const { ageSeconds, users, driftPerThousand } = reconciliation;
  const found = `${driftPerThousand} in 1,000 friends of ${users} users, ${Math.floor(ageSeconds / 3_600)} h ago`;
  return [
    driftPerThousand > DRIFT_WARNING_PER_THOUSAND
      ? warning("drift", found, "`npm run reconcile -- --known --dry-run` says whether it still is")
      : ok("drift", found),
  ];
}
