import { BLOCKLIST_UNREADABLE_CODE } from "../../src/tencent/reply.ts";
import { isLocal } from "../lib/target.ts";
import { friendResponseBody } from "../tencent/bodies.ts";
import { type Effect, effectOf } from "../tencent/effect.ts";
import type { Sent } from "../tencent/send.ts";
import { type Finding, failed, ok, said, unknown, warning } from "./finding.ts";

/** UserIDs have at most 32 bytes. So no user can have one of these. */
export const RESERVED = {
  responder: "friendgate-doctor-no-such-user-responder",
  blocked: "friendgate-doctor-no-such-user-blocked",
  other: "friendgate-doctor-no-such-user-other",
} as const;

/** With this rule in the blocklist, the doctor can tell whether the blocklist decides. */
export const RULE_FOR_THE_DOCTOR = `npx wrangler kv key put 'user:${RESERVED.blocked}' doctor --binding BLOCKLIST`;

export const RESERVED_RESPONSE = friendResponseBody(
  RESERVED.responder,
  [RESERVED.blocked, RESERVED.other].map((To_Account) => ({
    To_Account,
    ResponseAction: "Response_Action_AgreeAndAdd",
  })),
);

/** The decision and the blocklist, from the answer about the reserved ids. */
export function decisionFindings({ url, received }: Sent): Finding[] {
  const asked = [RESERVED.blocked, RESERVED.other];
  const effect = effectOf(RESERVED_RESPONSE.CallbackCommand, asked, received);
  if (!effect.ok || effect.problems.length > 0) {
    const found = `not as the protocol wants it${said(effect.problems)}`;
    return [failed("decision", found, "`npx wrangler tail` shows why")];
  }
  return [ok("decision", effect.says), ruleFinding(effect, isLocal(url))];
}

/**
 * With ON_BLOCKLIST_ERROR=block, the code shows that the blocklist cannot be read. With `allow`, this
 * looks like a missing rule.
 */
function ruleFinding(effect: Effect, local: boolean): Finding {
  const what = "rule";
  const [blocked, other] = effect.items;
  if (blocked?.blocked && other?.blocked) {
    return effect.items.every(({ code }) => code === BLOCKLIST_UNREADABLE_CODE)
      ? failed(what, "the blocklist cannot be read", "see Cloudflare's status page for KV")
      : warning(what, "both reserved ids are refused", "look for a rule that is too wide");
  }
  return blocked?.blocked
    ? ok(what, "the reserved id's was found in the blocklist")
    : unknown(
        what,
        "cannot tell: none for the reserved id, or ON_BLOCKLIST_ERROR=allow",
        `${RULE_FOR_THE_DOCTOR} ${local ? "--local" : "--remote"}`,
      );
}
