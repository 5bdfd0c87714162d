import type { Reader } from "../db/reader.ts";
import { readRuleChanges } from "../db/rule-changes.ts";
import type { RuleChanges } from "./rule-answers.ts";
import type { RuleChangesQuery } from "./rule-parameters.ts";
import { encodeToken } from "./tokens.ts";

/** Who changed which rule, the newest first. */
export async function listRuleChanges(db: Reader, query: RuleChangesQuery): Promise<RuleChanges> {
  const rows = await readRuleChanges(db, query);
  const last = rows.length < query.limit ? undefined : rows.at(-1);
  return {
    changes: rows.map(({ expires_at: expiresAt, failed, ...row }) => ({
      ...row,
      expiresAt,
      failed: failed === 1,
    })),
    before: last ? encodeToken([last.at, last.id]) : null,
  };
}
