import type { Decision } from "../friends/blocklist.ts";
import type { Verdict } from "../tencent/reply.ts";

/** What a decision answers to an item. */
export function verdictFor({ outcome, decidedBy }: Decision): Verdict {
  return outcome === "block" && decidedBy
    ? { code: decidedBy.rule.code, info: decidedBy.rule.reason }
    : { code: 0, info: "" };
}
