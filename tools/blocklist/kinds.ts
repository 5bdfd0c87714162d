import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import type { RuleKind } from "../../src/blocklist/key.ts";
import { readConfig } from "../../src/config.ts";
import { localVars, root } from "../lib/wrangler.ts";

/** The kinds that wrangler.toml, or for local storage the local values, tell the Worker to look up. */
export async function configuredKinds(remote: boolean | undefined): Promise<readonly RuleKind[]> {
  const { unstable_readConfig: readConfig } = await import("wrangler");
  const file = join(root, localVars);
  const local = remote || !existsSync(file) ? {} : parseEnv(readFileSync(file, "utf8"));
  const { vars } = readConfig({ config: join(root, "wrangler.toml") });
  return parseKinds(String(local.BLOCKLIST_KINDS ?? vars.BLOCKLIST_KINDS ?? ""));
}

/** What the Worker needs besides, and what does not matter here. */
const OTHERS = { SDK_APP_ID: "0", ALLOW_UNSIGNED: "true", DEAD_LETTER_QUEUE: "any" };

/**
 * The kinds that the Worker looks up under this setting, in its order.
 *
 * @throws what the Worker would say of the setting
 */
export function parseKinds(setting: string): readonly RuleKind[] {
  const result = readConfig({ ...OTHERS, BLOCKLIST_KINDS: setting });
  if (!result.ok) throw new Error(result.problems.join("; "));
  return result.config.blocklistKinds;
}
