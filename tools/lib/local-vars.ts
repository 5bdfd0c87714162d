import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { ToolError } from "./tool.ts";
import { root } from "./wrangler.ts";

/** The file with a team's own values for `npm start`. Git does not see it, and no deploy reads it. */
export const LOCAL_FILE = ".dev.vars";

/**
 * What `npm start` takes if that file does not say it. It is public: src/config.ts refuses it when
 * deployed.
 */
const DEFAULTS = {
  SDK_APP_ID: "1400000000",
  CALLBACK_TOKEN: "local-callback-token",
  API_TOKEN: "local-api-token",
};

/** The team's own values alone. */
export function ownLocalVars(folder = root): NodeJS.Dict<string> {
  const file = join(folder, LOCAL_FILE);
  return existsSync(file) ? parseEnv(textIn(file)) : {};
}

/** The values of `npm start`. The server gets these, so nothing else reads the file. */
export function localVars(folder = root): NodeJS.Dict<string> {
  return { ...DEFAULTS, ...ownLocalVars(folder) };
}

/** Editors of Windows put a mark before the text. It is not a part of the first name. */
function textIn(file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
  } catch {
    throw new ToolError(`${file} is not UTF-8`, "save it as UTF-8");
  }
}
