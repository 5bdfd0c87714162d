import { buildKey } from "../blocklist/key.ts";
import { isLimit, QUOTA_METADATA, quotaValue } from "../blocklist/limit.ts";
import { parseRule } from "../blocklist/value.ts";
import { storeRules } from "../blocklist/write.ts";
import type { Quota } from "../config.ts";
import { countRequests, noteQuotaRules } from "../db/quotas.ts";
import type { RequestsDecided } from "../events/kinds.ts";
import { BATCH_TIMEOUT_MS } from "../limits.ts";
import { errorName, log } from "../log.ts";
import { withTimeout } from "../timeout.ts";

type Deps = {
  db: D1Database;
  kv: KVNamespace | undefined;
  quota: Quota;
  /** Whether callbacks read only the keys that the filter has. */
  isFiltered: boolean;
};

/**
 * Counts the requests that were let through. A user who has sent too many in a day gets a rule. The events
 * are stored by then. So a failure here is only logged. The next request of the same user makes up for it.
 */
export async function applyQuota(events: readonly RequestsDecided[], deps: Deps): Promise<void> {
  try {
    await withTimeout(BATCH_TIMEOUT_MS, () => countAndBlock(events, deps));
  } catch (error) {
    log("failed", {
      reason: "quota-not-applied",
      messages: events.length,
      error: errorName(error),
    });
  }
}

async function countAndBlock(
  events: readonly RequestsDecided[],
  { db, kv, quota, isFiltered }: Deps,
): Promise<void> {
  const { max, mode, blockHours } = quota;
  const nowMs = Date.now();
  const over = await countRequests(db, events, { max, nowMs });
  if (over.length === 0) return;
  if (kv === undefined) throw new ReferenceError("BLOCKLIST is not bound");

  const keyOf = (userId: string) => buildKey("applicant", [userId]);
  const found = await kv.get(
    over.map(({ applicant_id }) => keyOf(applicant_id)),
    "text",
  );
  // A rule that a person wrote stays, whatever it says.
  const free = over.filter(({ applicant_id }) => {
    const value = found.get(keyOf(applicant_id)) ?? null;
    return value === null || isLimit(parseRule(value));
  });
  const options = { expiration_ttl: blockHours * 3_600, metadata: QUOTA_METADATA };
  const note = `over ${max} a day at ${new Date(nowMs).toISOString()}`;
  const value = quotaValue(mode === "enforce", note);
  const rules = free.map(({ applicant_id }) => ({ key: keyOf(applicant_id), value, ...options }));
  await storeRules({ kv, isFiltered }, rules);
  await noteQuotaRules(db, over, nowMs + blockHours * 3_600_000);
  log("over-quota", { users: over.length, rules: free.length, mode });
}
