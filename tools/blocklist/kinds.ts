import type { RuleKind } from "../../src/blocklist/key.ts";
import { readConfig as readWorkerConfig } from "../../src/config.ts";
import { readConfig } from "../lib/config.ts";
import { localVars } from "../lib/local-vars.ts";
import type { Storage } from "../lib/storage.ts";

/** The kinds that the configuration, or for local storage the local values, tell the Worker to look up. */
export function configuredKinds({ remote, env }: Storage): readonly RuleKind[] {
  const { vars } = readConfig(env);
  const own = remote ? undefined : localVars().BLOCKLIST_KINDS;
  return parseKinds(String(own ?? vars.BLOCKLIST_KINDS ?? ""));
}

/** As the documents write the setting: accounts first. */
const WRITTEN_ORDER: readonly RuleKind[] = ["user", "responder", "applicant", "pair", "ip"];

/** Whether the configuration lets rules only observe. A secret of that name cannot be read: /health tells it. */
export function isObserving({ remote, env }: Storage): boolean {
  const { vars } = readConfig(env);
  const own = remote ? undefined : localVars().BLOCKLIST_MODE;
  return (own ?? vars.BLOCKLIST_MODE) === "observe";
}

/** Kinds as BLOCKLIST_KINDS has them. */
export function kindsText(kinds: readonly RuleKind[]): string {
  return WRITTEN_ORDER.filter((kind) => kinds.includes(kind)).join(",");
}

/** What the Worker needs besides, and what does not matter here. */
const OTHERS = { SDK_APP_ID: "0", ALLOW_UNSIGNED: "true", DEAD_LETTER_QUEUE: "any" };

/**
 * The kinds that the Worker looks up under this setting, in its order.
 *
 * @throws what the Worker would say of the setting
 */
export function parseKinds(setting: string): readonly RuleKind[] {
  const result = readWorkerConfig({ ...OTHERS, BLOCKLIST_KINDS: setting });
  if (!result.ok) throw new Error(result.problems.join("; "));
  return result.config.blocklistKinds;
}
