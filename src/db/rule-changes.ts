import type { Reader } from "./reader.ts";
import { removeBefore } from "./slices.ts";
import type { Sweep } from "./sweep.ts";
import { type ErasureWalk, erasing, orderKeyOf } from "./walk.ts";

/** A change of a rule, as it was asked for. */
export type RuleChange = {
  at: number;
  id: string;
  who: string;
  key: string;
  /** Whom the key names. */
  userIds: readonly string[];
  change: "put" | "delete";
  before: string | null;
  after: string | null;
  expiresAt: number | null;
};

/**
 * Notes a change before it is made. One row, and one in the index.
 *
 * @throws what D1 throws; then the rule must stay as it is
 */
export async function noteRuleChange(db: D1Database, noted: RuleChange): Promise<void> {
  const { at, id, who, key, userIds, change, before, after, expiresAt } = noted;
  const [userId = null, otherId = null] = userIds;
  await db
    .prepare(`
INSERT INTO rule_changes (at, id, who, key, user_id, other_id, change, before, after, expires_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)`)
    .bind(at, id, who, key, userId, otherId, change, before, after, expiresAt)
    .run();
}

/** Notes that a change was not made. */
export async function noteFailure(
  db: D1Database,
  { at, id }: Pick<RuleChange, "at" | "id">,
): Promise<void> {
  await db
    .prepare("UPDATE rule_changes SET failed = 1 WHERE at = ?1 AND id = ?2")
    .bind(at, id)
    .run();
}

/** A row as it is read. */
export type RuleChangeRow = {
  at: number;
  id: string;
  who: string;
  key: string;
  change: RuleChange["change"];
  before: string | null;
  after: string | null;
  expires_at: number | null;
  failed: number;
};

export type RuleChangeKey = [at: number, id: string];

/** Changes before a place, the newest first: all, or those of one rule. Rows read: those of the page. */
export async function readRuleChanges(
  db: Reader,
  {
    key,
    before,
    limit,
  }: { key?: string | undefined; before?: RuleChangeKey | undefined; limit: number },
): Promise<RuleChangeRow[]> {
  const { results } = await db
    .prepare(`
SELECT at, id, who, key, change, before, after, expires_at, failed FROM rule_changes
WHERE ${key === undefined ? "?4 IS NULL" : "key = ?4"} AND (at, id) < (?1, ?2)
ORDER BY at DESC, id DESC LIMIT ?3`)
    .bind(...(before ?? [Number.MAX_SAFE_INTEGER, ""]), limit, key ?? null)
    .all<RuleChangeRow>();
  return results;
}

const KEY = ["at", "id"];

/**
 * Removes changes from before a time, in slices.
 *
 * @returns how many rows were removed
 */
export function removeOldRuleChanges(
  db: D1Database,
  beforeMs: number,
  sweep: Sweep,
): Promise<number> {
  return removeBefore(db, { name: "rule_changes", key: KEY }, beforeMs, sweep);
}

/** Changes of rules about the users who are erased. */
export const ruleChangesWalk: ErasureWalk = {
  table: "rule_changes",
  key: KEY,
  start: '[0,""]',
  erase: `
DELETE FROM rule_changes
WHERE ${erasing("rule_changes.user_id, other_id", orderKeyOf("rule_changes.at"))}`,
};
