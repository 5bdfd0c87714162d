import type { Decision } from "../friends/blocklist.ts";
import { BLOCKLIST_UNREADABLE_CODE, type Verdict } from "../tencent/reply.ts";

const UNREADABLE_INFO = "The friend response cannot be checked now. Try again later.";

/** What a decision answers to an item. What blocks without a rule is an unreadable blocklist. */
export function verdictFor({ outcome, decidedBy }: Decision): Verdict {
  if (outcome === "allow") return { code: 0, info: "" };
  return decidedBy === undefined
    ? { code: BLOCKLIST_UNREADABLE_CODE, info: UNREADABLE_INFO }
    : { code: decidedBy.rule.code, info: decidedBy.rule.reason };
}
