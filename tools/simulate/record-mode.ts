import { readConfig } from "../lib/config.ts";
import { localVars } from "../lib/local-vars.ts";
import type { Storage } from "../lib/storage.ts";
import { RECORD_MODES, type RecordMode } from "./record.ts";

/**
 * The setting that says what is recorded. It comes from the configuration, or locally from the local values.
 */
export function configuredRecordMode({ remote, env }: Storage): RecordMode {
  const own = remote ? undefined : localVars().RECORD_RESPONSES;
  const setting = own || readConfig(env).vars.RECORD_RESPONSES;
  return RECORD_MODES.find((mode) => mode === setting) ?? "all";
}
