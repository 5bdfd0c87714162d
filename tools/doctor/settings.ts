import { readConfig, TEAM_FILE } from "../lib/config.ts";
import { cronProblems } from "../lib/crons.ts";
import { databaseProblems } from "../lib/databases.ts";
import { unknownVars } from "../lib/known-vars.ts";
import { LOCAL_FILE, ownLocalVars } from "../lib/local-vars.ts";
import { type Finding, ok, warning } from "./finding.ts";

/** About the files on this machine: a deployment does not tell its settings. */
export function settingsFinding(): Finding {
  const config = readConfig();
  const problems = [...databaseProblems(config), ...cronProblems(config)];
  if (problems.length > 0)
    return warning("settings", problems.join("; "), `correct it in ${TEAM_FILE}, and deploy`);
  const unknown = [
    ...unknownVars(Object.keys(config.vars), `[vars] of wrangler.toml or ${TEAM_FILE}`),
    ...unknownVars(Object.keys(ownLocalVars()), LOCAL_FILE),
  ];
  return unknown.length === 0
    ? ok("settings", "every name in this folder's files is known")
    : warning("settings", unknown.join("; "), "correct the name, or take it out");
}
