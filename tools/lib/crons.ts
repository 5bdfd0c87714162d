import { FILTER_CRON } from "../../src/blocklist/keep-filter.ts";
import { type Config, TEAM_FILE } from "./config.ts";

/**
 * A list in the team's file replaces the list of wrangler.toml. It is easy to forget one of two crons
 * there.
 */
export function cronProblems({ vars, triggers }: Config): string[] {
  if (vars.BLOCKLIST_FILTER !== "true") return [];
  const crons = triggers?.crons ?? [];
  const todo = `put crons = ["23 * * * *", "${FILTER_CRON}"] under [triggers] in ${TEAM_FILE}`;
  if (!crons.includes(FILTER_CRON))
    return [`BLOCKLIST_FILTER is on, and no cron makes the filter: ${todo}`];
  return crons.every((cron) => cron === FILTER_CRON)
    ? [`BLOCKLIST_FILTER has the only cron, and nothing removes what is old: ${todo}`]
    : [];
}
