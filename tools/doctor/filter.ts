import { intervalMs, listsFor, oldestMs } from "../../src/blocklist/filter-state.ts";
import { durationText } from "../lib/duration.ts";
import { type Finding, ok, warning } from "./finding.ts";
import type { Health } from "./health.ts";

/** Whether keys without a rule are left out, and how long a rule may wait for it. */
export function filterFindings({ blocklistFilter: filter }: Health): Finding[] {
  if (filter === undefined || filter === "off") return [];
  const { ageSeconds, keys, state } = filter;
  if (ageSeconds === null || keys === null) return [notUsed(state, CRON)];
  const found = `${keys} keys, listed ${durationText(ageSeconds * 1_000)} ago`;
  if (state === "old") return [notUsed(`${found}, which is too old`, CRON)];
  if (state === "incomplete")
    return [notUsed(`${found}: it has no room for what was added`, "the next listing mends it")];
  if (state === "too-many-keys")
    return [notUsed(`${found}: more than it takes`, "remove rules, or set BLOCKLIST_FILTER off")];
  const costs =
    `less than 1 of 1,000 others is read for nothing; the next listing takes ${listsFor(keys)} list ` +
    `operations, ${durationText(intervalMs(keys))} after this one; a rule of \`wrangler kv\` counts ` +
    `after ${durationText(oldestMs(keys))} at most`;
  return [ok("blocklist filter", `${found}; ${costs}`)];
}

const CRON = 'see that crons has "* * * * *", and look for `filter-not-made` in the log';

function notUsed(why: string, todo: string): Finding {
  return warning("blocklist filter", `${why}; all keys are read, as without it`, todo);
}
