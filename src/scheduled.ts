import { type Config, hasToken, readConfig } from "./config.ts";
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

type Step = {
  name: string;
  /** Of what only the database of the record has, and only where somebody has a token to look at it. */
  isForConsole?: true;
  /**
   * Bounded in what it costs, and safe to repeat: what is left over comes at the next run.
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

/** What a run does in each database. No step needs another to have come before it. */
const STEPS: readonly Step[] = [
  // The last kinds first: of records there are more than of anything else.
  ...KIND_NAMES.toReversed().map((kind): Step => {
    const { step, days, sliceRows, remove } = STORES[kind].retention;
    return {
      name: step,
      run: ({ db, config, nowMs, draw }) =>
        remove(db, {
          ...{ beforeMs: nowMs - config[days] * DAY_MS, sliceRows, draw },
          // Once a day: what is passed is read, and costs.
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
    name: "recent-changes",
    isForConsole: true,
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

/**
 * Looks for what nobody else would notice, and removes what has been kept long enough. A step that fails
 * does not keep the next from running.
 */
export async function cleanUp({ scheduledTime }: ScheduledController, env: Env): Promise<void> {
  const configured = readConfig(env);
  if (!configured.ok) {
    log("failed", { reason: "misconfigured", problems: configured.problems.join("; ") });
    return;
  }
  const { config, problems } = configured;
  const databases = databasesOf(env, config.shards);
  if (problems.length > 0)
    log("failed", { reason: "misconfigured", problems: problems.join("; ") });
  // Once an hour, so that nobody forgets it.
  if (config.blocklistMode === "observe") log("failed", { reason: "blocklist-observes" });
  if (config.alertOnSilence) await tellSilence(env.DB, scheduledTime);
  const all = databases?.all ?? [];
  const share = sharesOf(SWEEP_STATEMENTS_PER_RUN - all.length * SWEEP_STATEMENTS_PER_DATABASE);
  for (const step of STEPS) {
    // What a step may take is for all databases together: the largest backlog among them gets the most.
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

/** The one sign of a callback URL that was changed in the console, or of an app that does not reach us. */
async function tellSilence(db: D1Database, nowMs: number): Promise<void> {
  try {
    const { isSilent, lastAt } = await readArrivals(db, nowMs);
    if (!isSilent) return;
    log("failed", { reason: "silent", minutes: Math.floor((nowMs - (lastAt ?? 0)) / 60_000) });
  } catch (error) {
    log("failed", { reason: "not-cleaned-up", step: "silence", error: errorName(error) });
  }
}
