import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { TEAM_FILE } from "../lib/config.ts";
import { root } from "../lib/wrangler.ts";
import { StepError } from "./deployment.ts";

/** Keeps an SDKAppID for the next deploy. */
export function saveAppId(appId: string, env: string | undefined): void {
  const file = join(root, TEAM_FILE);
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  writeFileSync(file, withVar(text, env === undefined ? "vars" : `env.${env}.vars`, appId));
}

/**
 * The file's text with the SDKAppID in a table. All the rest stays as it is, comments too.
 *
 * @throws {StepError} if the table is written in a way that this cannot add to
 */
export function withVar(text: string, table: string, appId: string): string {
  const line = `SDK_APP_ID = "${appId}"`;
  const lines = text.split("\n");
  const header = lines.findIndex((each) => each.replaceAll(/\s|#.*/g, "") === `[${table}]`);
  const added =
    header === -1
      ? `${text.trimEnd()}\n\n[${table}]\n${line}\n`.trimStart()
      : lines.toSpliced(header + 1, 0, line).join("\n");
  try {
    parse(added);
  } catch {
    throw new StepError(
      `${TEAM_FILE} has a table ${table} that cannot be added to`,
      `write ${line} into it`,
    );
  }
  return added;
}
