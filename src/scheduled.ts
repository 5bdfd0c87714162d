import { type Config, readConfig } from "./config.ts";
import { removeSettledDeadLetters } from "./db/dead-letters.ts";
import { sweepErasures } from "./db/erasures.ts";
import { STORES } from "./db/kinds.ts";
import { KIND_NAMES } from "./events/kinds.ts";
import {
  ERASURE_SLICE_ROWS,
  ERASURE_SLICES_PER_RUN,
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
    name: "erasures",
    run: ({ db }) =>
      sweepErasures(db, { sliceRows: ERASURE_SLICE_ROWS, maxSlices: ERASURE_SLICES_PER_RUN }),
  },
];

/** Removes what has been kept long enough. A step that fails does not keep the next from running. */
export async function cleanUp({ scheduledTime }: ScheduledController, env: Env): Promise<void> {
  const configured = readConfig(env);
  if (!configured.ok) {
    log("failed", { reason: "misconfigured", problems: configured.problems.join("; ") });
    return;
  }
  for (const { name, run } of STEPS) {
    try {
      const removed = await run({ db: env.DB, config: configured.config, nowMs: scheduledTime });
      log("cleaned-up", { step: name, removed });
    } catch (error) {
      log("failed", { reason: "not-cleaned-up", step: name, error: errorName(error) });
    }
  }
}
