import { readConfig } from "../lib/config.ts";
import { localVars } from "../lib/local-vars.ts";
import type { Storage } from "../lib/storage.ts";
import { RECORD_MODES, type RecordMode } from "./record.ts";

/** What the configuration, or for local storage the local values, say is recorded. */
export function configuredRecordMode({ remote, env }: Storage): RecordMode {
  const own = remote ? undefined : localVars().RECORD_RESPONSES;
  const setting = own || readConfig(env).vars.RECORD_RESPONSES;
  return RECORD_MODES.find((mode) => mode === setting) ?? "all";
}
