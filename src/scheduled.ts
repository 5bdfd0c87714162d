import { FILTER_CRON, keepFilter } from "./blocklist/keep-filter.ts";
import { type Config, type ConfigResult, hasToken, readConfig } from "./config.ts";
import { readArrivals, removeOldArrivals } from "./db/arrivals.ts";
import { removeOldCounts } from "./db/counts.ts";
import { type Database, databasesOf } from "./db/databases.ts";
import { removeSettledDeadLetters } from "./db/dead-letters.ts";
import { addUpHours, removeOldHours } from "./db/decided/history.ts";
import { sweepErasures } from "./db/erasures.ts";
import { STORES } from "./db/kinds.ts";
import { removeOldQuotas } from "./db/quotas.ts";
import { removeOldRecentChanges } from "./db/recent-changes.ts";
import { removeOldRuleChanges } from "./db/rule-changes.ts";
import { type Sweep, sharesOf } from "./db/sweep.ts";
import { KIND_NAMES } from "./events/kinds.ts";
import {
  COUNT_DAYS,
  DECIDED_SLICE_ROWS,
  ERASURE_SLICE_ROWS,
  HISTORY_DAYS,
  HISTORY_SLICE_ROWS,
  QUOTA_DAYS,
  RECENT_MS,
  SETTLED_DEAD_LETTERS_PER_RUN,
  SWEEP_STATEMENTS_PER_DATABASE,
  SWEEP_STATEMENTS_PER_RUN,
} from "./limits.ts";
import { errorName, log } from "./log.ts";

const DAY_MS = 24 * 3_600 * 1_000;

type Configured = Extract<ConfigResult, { ok: true }>;

type Step = {
  name: string;
  /** The step runs only in the database of the records, and only where a token is set. */
  isForConsole?: true;
  /**
   * Its cost is bounded, and it is safe to repeat. The next run does what is left over.
   *
   * @returns how many rows were removed
   */
  run: (deps: {
    db: D1Database;
    config: Config;
    nowMs: number;
    draw: Sweep["draw"];
  }) => Promise<number>;
};

/** What a run does in each database. The steps do not depend on each other. */
const STEPS: readonly Step[] = [
  // The last kinds come first: they are records, and there are more records than anything else.
  ...KIND_NAMES.toReversed().map((kind): Step => {
    const { step, days, sliceRows, remove } = STORES[kind].retention;
    return {
      name: step,
      run: ({ db, config, nowMs, draw }) =>
        remove(db, {
          ...{ beforeMs: nowMs - config[days] * DAY_MS, sliceRows, draw },
          // Once a day: a walk reads every row that it passes, and each read costs.
          mayBegin: new Date(nowMs).getUTCHours() === 0,
        }),
    };
  }),
  {
    name: "dead-letters",
    run: ({ db, config, nowMs }) =>
      removeSettledDeadLetters(db, {
        beforeMs: nowMs - config.deadLetterDays * DAY_MS,
        maxRows: SETTLED_DEAD_LETTERS_PER_RUN,
      }),
  },
  {
    name: "counts",
    run: ({ db, nowMs }) => removeOldCounts(db, nowMs - COUNT_DAYS * DAY_MS),
  },
  {
    name: "arrivals",
    run: ({ db, nowMs }) => removeOldArrivals(db, nowMs - COUNT_DAYS * DAY_MS),
  },
  {
    name: "quotas",
    run: ({ db, nowMs, draw }) =>
      removeOldQuotas(db, nowMs - QUOTA_DAYS * DAY_MS, { sliceRows: DECIDED_SLICE_ROWS, draw }),
  },
  {
    name: "erasures",
    run: ({ db, draw }) => sweepErasures(db, { sliceRows: ERASURE_SLICE_ROWS, draw }),
  },
  {
    name: "rule-changes",
    run: ({ db, config, nowMs, draw }) =>
      removeOldRuleChanges(db, nowMs - config.responseDays * DAY_MS, {
        sliceRows: DECIDED_SLICE_ROWS,
        draw,
      }),
  },
  {
    // They name users. So they are removed even where nobody can look any more.
    name: "recent-changes",
    run: async ({ db, nowMs, draw }) =>
      draw(1) ? removeOldRecentChanges(db, nowMs - RECENT_MS) : 0,
  },
  {
    name: "history",
    isForConsole: true,
    run: async ({ db, nowMs, draw }) => {
      await addUpHours(db, nowMs, { sliceRows: HISTORY_SLICE_ROWS, draw });
      return draw(1) ? removeOldHours(db, nowMs - HISTORY_DAYS * DAY_MS) : 0;
    },
  },
];

/** Does what the cron that fired is for. The filter has its own cron. Every other cron cleans up. */
export async function onCron({ cron, scheduledTime }: ScheduledController, env: Env) {
  const configured = readConfig(env);
  if (!configured.ok) {
    log("failed", { reason: "misconfigured", problems: configured.problems.join("; ") });
    return;
  }
  const isForFilter = configured.config.blocklistFilter && cron === FILTER_CRON;
  if (isForFilter) await keepFilter(env.BLOCKLIST, Date.now());
  else await cleanUp(configured, env, scheduledTime);
}

/**
 * Reports what nobody else would notice, and removes what has been kept long enough. When a step fails,
 * the next one still runs.
 */
async function cleanUp(
  { config, problems }: Configured,
  env: Env,
  scheduledTime: number,
): Promise<void> {
  const databases = databasesOf(env, config.shards);
  if (problems.length > 0)
    log("failed", { reason: "misconfigured", problems: problems.join("; ") });
  // Once an hour, so that nobody forgets it.
  if (config.blocklistMode === "observe") log("failed", { reason: "blocklist-observes" });
  if (config.alertOnSilence) await tellSilence(env.DB, scheduledTime);
  const all = databases?.all ?? [];
  const share = sharesOf(SWEEP_STATEMENTS_PER_RUN - all.length * SWEEP_STATEMENTS_PER_DATABASE);
  for (const step of STEPS) {
    // All databases share what a step may take. The one with the largest backlog gets the most.
    const deps = { config, nowMs: scheduledTime, draw: share() };
    const own = databases && hasToken(config) ? [databases.records] : [];
    const where = step.isForConsole ? own : all;
    await Promise.all(where.map((database) => cleanUpIn(database, step, deps)));
  }
}

async function cleanUpIn(
  { name: database, db }: Database,
  { name: step, run }: Step,
  deps: Omit<Parameters<Step["run"]>[0], "db">,
): Promise<void> {
  try {
    const removed = await run({ db, ...deps });
    log("cleaned-up", { step, database, removed });
  } catch (error) {
    log("failed", { reason: "not-cleaned-up", step, database, error: errorName(error) });
  }
}

/** Silence is the only sign that the console's callback URL was changed, or that the app cannot reach us. */
async function tellSilence(db: D1Database, nowMs: number): Promise<void> {
  try {
    const { isSilent, lastAt } = await readArrivals(db, nowMs);
    if (!isSilent) return;
    log("failed", { reason: "silent", minutes: Math.floor((nowMs - (lastAt ?? 0)) / 60_000) });
  } catch (error) {
    log("failed", { reason: "not-cleaned-up", step: "silence", error: errorName(error) });
  }
}
