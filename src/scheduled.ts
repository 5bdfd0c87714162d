import { type Config, readConfig } from "./config.ts";
import { readArrivals, removeOldArrivals } from "./db/arrivals.ts";
import { removeOldCounts } from "./db/counts.ts";
import { removeSettledDeadLetters } from "./db/dead-letters.ts";
import { sweepErasures } from "./db/erasures.ts";
import { STORES } from "./db/kinds.ts";
import { removeOldQuotas } from "./db/quotas.ts";
import { KIND_NAMES } from "./events/kinds.ts";
import {
  COUNT_DAYS,
  DECIDED_SLICE_ROWS,
  DECIDED_SLICES_PER_RUN,
  ERASURE_SLICE_ROWS,
  ERASURE_SLICES_PER_RUN,
  QUOTA_DAYS,
  SETTLED_DEAD_LETTERS_PER_RUN,
} from "./limits.ts";
import { errorName, log } from "./log.ts";

const DAY_MS = 24 * 3_600 * 1_000;

type Step = {
  name: string;
  /**
   * Bounded in what it costs, and safe to repeat: what is left over comes at the next run.
   *
   * @returns how many rows were removed
   */
  run: (deps: { db: D1Database; config: Config; nowMs: number }) => Promise<number>;
};

/** What a run does. No step needs another to have come before it. */
const STEPS: readonly Step[] = [
  ...KIND_NAMES.map((kind): Step => {
    const { step, days, remove } = STORES[kind].retention;
    return {
      name: step,
      run: ({ db, config, nowMs }) => remove(db, nowMs - config[days] * DAY_MS),
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
    run: ({ db, nowMs }) =>
      removeOldQuotas(db, nowMs - QUOTA_DAYS * DAY_MS, {
        sliceRows: DECIDED_SLICE_ROWS,
        maxSlices: DECIDED_SLICES_PER_RUN,
      }),
  },
  {
    name: "erasures",
    run: ({ db }) =>
      sweepErasures(db, { sliceRows: ERASURE_SLICE_ROWS, maxSlices: ERASURE_SLICES_PER_RUN }),
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
  if (problems.length > 0)
    log("failed", { reason: "misconfigured", problems: problems.join("; ") });
  // Once an hour, so that nobody forgets it.
  if (config.blocklistMode === "observe") log("failed", { reason: "blocklist-observes" });
  if (config.alertOnSilence) await tellSilence(env.DB, scheduledTime);
  for (const { name, run } of STEPS) {
    try {
      const removed = await run({ db: env.DB, config, nowMs: scheduledTime });
      log("cleaned-up", { step: name, removed });
    } catch (error) {
      log("failed", { reason: "not-cleaned-up", step: name, error: errorName(error) });
    }
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
