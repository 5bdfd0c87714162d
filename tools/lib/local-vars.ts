import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { root } from "./wrangler.ts";

/** The file with a team's own values for `npm start`. Git does not see it, and no deploy reads it. */
export const LOCAL_FILE = ".dev.vars";

/** What `npm start` takes where that file says nothing. Public: src/config.ts refuses it when deployed. */
const DEFAULTS = {
  SDK_APP_ID: "1400000000",
  CALLBACK_TOKEN: "local-callback-token",
  API_TOKEN: "local-api-token",
};

/** The team's own values alone. */
export const ownLocalVars: NodeJS.Dict<string> = readOwn();

/** The values of `npm start`. */
export const localVars: NodeJS.Dict<string> = { ...DEFAULTS, ...ownLocalVars };

function readOwn(): NodeJS.Dict<string> {
  const file = join(root, LOCAL_FILE);
  return existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {};
}
