import type { RuleKind } from "../../src/blocklist/key.ts";
import { readConfig as readWorkerConfig } from "../../src/config.ts";
import { readConfig } from "../lib/config.ts";
import { localVars } from "../lib/local-vars.ts";
import type { Storage } from "../lib/storage.ts";

/** The kinds that the configuration tells the Worker to look up. Local storage has local values first. */
export function configuredKinds(storage: Storage): readonly RuleKind[] {
  const [kinds = "", requestsPerDay] = ["BLOCKLIST_KINDS", "REQUESTS_PER_DAY"].map((name) =>
    settingOf(storage, name),
  );
  return parseKinds(kinds, requestsPerDay);
}

/** As the documents write the setting: accounts first. */
const WRITTEN_ORDER: readonly RuleKind[] = ["user", "responder", "applicant", "pair", "ip"];

/**
 * Whether the configuration lets rules only observe. A secret of that name cannot be read here:
 * /health tells it.
 */
export function isObserving(storage: Storage): boolean {
  return settingOf(storage, "BLOCKLIST_MODE") === "observe";
}

/** Whether the Worker reads only the keys that the filter has. */
export function isFiltered(storage: Storage): boolean {
  return settingOf(storage, "BLOCKLIST_FILTER") === "true";
}

function settingOf({ remote, env }: Storage, name: string): string {
  const own = remote ? undefined : localVars()[name];
  return String(own ?? readConfig(env).vars[name] ?? "");
}

/** Whether a binding counts friend requests by the minute. */
export function isRateLimited({ env }: Storage): boolean {
  const { ratelimits = [] } = readConfig(env);
  return ratelimits.some(({ name }) => name === "REQUEST_RATE");
}

/** Kinds as BLOCKLIST_KINDS has them. */
export function kindsText(kinds: readonly RuleKind[]): string {
  return WRITTEN_ORDER.filter((kind) => kinds.includes(kind)).join(",");
}

/** Other settings that the Worker needs. Their values do not matter here. */
const OTHERS = { SDK_APP_ID: "0", ALLOW_UNSIGNED: "true", DEAD_LETTER_QUEUE: "any" };

/**
 * The kinds that the Worker looks up under these settings, in its order.
 *
 * @throws what the Worker would say of the settings
 */
export function parseKinds(kinds: string, requestsPerDay = ""): readonly RuleKind[] {
  const settings = { BLOCKLIST_KINDS: kinds, REQUESTS_PER_DAY: requestsPerDay };
  const result = readWorkerConfig({ ...OTHERS, ...settings });
  if (!result.ok) throw new Error(result.problems.join("; "));
  return result.config.blocklistKinds;
}
