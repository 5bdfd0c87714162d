import { doubtsAbout } from "../blocklist/doubts.ts";
import { textOf } from "../blocklist/fields.ts";
import { lintEntries } from "../blocklist/lint.ts";
import { parseKey } from "../blocklist/parse-key.ts";
import { removeRule, storeRules, type WrittenBlocklist } from "../blocklist/write.ts";
import { noteFailure, noteRuleChange, type RuleChange } from "../db/rule-changes.ts";
import { FILTERED_RULE_VISIBLE_SECONDS, RULE_MAX_BYTES, RULE_VISIBLE_SECONDS } from "../limits.ts";
import { errorName, log } from "../log.ts";
import type { RuleEntry, StoredRule } from "./rule-answers.ts";
import type { PutQuery } from "./rule-parameters.ts";
import { isRuleKey, ruleEntryOf } from "./rules.ts";

type Deps = { blocklist: WrittenBlocklist; db: D1Database; who: string; nowMs: number };

export type Changed<Value> =
  | { ok: true; value: Value }
  /** The rule cannot be stored, or it is hardly what the caller means. */
  | { ok: false; reason: "wrong"; problems: string[]; doubts: string[] }
  | { ok: false; reason: "not-found" }
  /** KV did not answer, or the change could not be noted, or it could not be made. */
  | { ok: false; reason: "not-read" | "not-noted" | "not-written" };

/** Stores a rule in place of the one that is there. */
export async function putRule(
  deps: Deps,
  key: string,
  fields: Readonly<Record<string, unknown>>,
  { expiration, expirationTtl, force }: PutQuery,
): Promise<Changed<StoredRule>> {
  const seconds = Math.floor(deps.nowMs / 1_000);
  const asked = {
    key,
    value: JSON.stringify(fields),
    ...(expiration !== undefined && { expiration }),
    ...(expirationTtl !== undefined && { expiration_ttl: expirationTtl }),
    line: undefined,
  };
  const problems = [
    ...lintEntries([asked], seconds).map(({ message }) => message),
    ...(new TextEncoder().encode(asked.value).length > RULE_MAX_BYTES
      ? [`the rule is longer than ${RULE_MAX_BYTES} bytes`]
      : []),
  ];
  const doubts = doubtsAbout([asked], "force=true").map(({ message }) => message);
  if (problems.length > 0 || (doubts.length > 0 && force === "false"))
    return { ok: false, reason: "wrong", problems, doubts };

  const { line: _, ...entry } = { ...asked, value: textOf(fields) };
  const end = expiration ?? (expirationTtl === undefined ? undefined : seconds + expirationTtl);
  const expiresAt = end === undefined ? null : end * 1_000;
  const read = await readBefore(deps.blocklist, key);
  if (!read.ok) return read;
  const put = { key, change: "put", before: read.value, after: entry.value, expiresAt } as const;
  const made = await change(deps, put, () => storeRules(deps.blocklist, [entry]));
  if (!made.ok) return made;
  const stored: RuleEntry = { ...ruleEntryOf({ key, value: entry.value }), expiresAt };
  const visibleWithinSeconds = deps.blocklist.isFiltered
    ? FILTERED_RULE_VISIBLE_SECONDS
    : RULE_VISIBLE_SECONDS;
  return { ok: true, value: { ...stored, visibleWithinSeconds } };
}

/** Removes a rule, also one under a key that the Worker never looks up. */
export async function deleteRule(deps: Deps, key: string): Promise<Changed<null>> {
  if (!isRuleKey(key)) return { ok: false, reason: "not-found" };
  const read = await readBefore(deps.blocklist, key);
  if (!read.ok) return read;
  const before = read.value;
  if (before === null) return { ok: false, reason: "not-found" };
  return change(deps, { key, change: "delete", before, after: null, expiresAt: null }, () =>
    removeRule(deps.blocklist, key),
  );
}

async function readBefore({ kv }: WrittenBlocklist, key: string): Promise<Changed<string | null>> {
  try {
    return { ok: true, value: await kv.get(key, "text") };
  } catch (error) {
    log("failed", { reason: "rule-not-read", error: errorName(error) });
    return { ok: false, reason: "not-read" };
  }
}

/** Notes a change, then makes it. So no change is made without a note. */
async function change(
  { db, who, nowMs: at }: Deps,
  { before, ...asked }: Pick<RuleChange, "key" | "change" | "before" | "after" | "expiresAt">,
  make: () => Promise<void>,
): Promise<Changed<null>> {
  const parsed = parseKey(asked.key);
  const noted: RuleChange = {
    ...asked,
    ...{ at, id: crypto.randomUUID(), who },
    userIds: parsed.ok && parsed.kind !== "ip" ? parsed.parts : [],
    // Another program may have stored a value of any length.
    before: before?.slice(0, RULE_MAX_BYTES) ?? null,
  };
  try {
    await noteRuleChange(db, noted);
  } catch (error) {
    log("failed", { reason: "rule-not-noted", error: errorName(error) });
    return { ok: false, reason: "not-noted" };
  }
  try {
    await make();
    return { ok: true, value: null };
  } catch (error) {
    log("failed", { reason: "rule-not-written", error: errorName(error) });
    await noteFailure(db, noted).catch((thrown) => {
      log("failed", { reason: "rule-not-noted", error: errorName(thrown) });
    });
    return { ok: false, reason: "not-written" };
  }
}
