import { type Config, configOf } from "./config.ts";
import { removeSettledDeadLetters } from "./friends/dead-letters.ts";
import { sweepErasures } from "./friends/erasures.ts";
import { removeOldResponses } from "./friends/responses.ts";
import { removeTombstones } from "./friends/tombstones.ts";
import {
  ERASURE_SLICE_ROWS,
  ERASURE_SLICES_PER_RUN,
  RESPONSE_SLICE_ROWS,
  RESPONSE_SLICES_PER_RUN,
  SETTLED_DEAD_LETTERS_PER_RUN,
  TOMBSTONE_SLICE_ROWS,
  TOMBSTONE_SLICES_PER_RUN,
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
  {
    name: "tombstones",
    run: ({ db, config, nowMs }) =>
      removeTombstones(db, {
        beforeMs: nowMs - config.tombstoneDays * DAY_MS,
        sliceRows: TOMBSTONE_SLICE_ROWS,
        maxSlices: TOMBSTONE_SLICES_PER_RUN,
      }),
  },
  {
    name: "dead-letters",
    run: ({ db, config, nowMs }) =>
      removeSettledDeadLetters(db, {
        beforeMs: nowMs - config.deadLetterDays * DAY_MS,
        maxRows: SETTLED_DEAD_LETTERS_PER_RUN,
      }),
  },
  {
    name: "responses",
    run: ({ db, config, nowMs }) =>
      removeOldResponses(db, {
        beforeMs: nowMs - config.responseDays * DAY_MS,
        sliceRows: RESPONSE_SLICE_ROWS,
        maxSlices: RESPONSE_SLICES_PER_RUN,
      }),
  },
  {
    name: "erasures",
    run: ({ db }) =>
      sweepErasures(db, { sliceRows: ERASURE_SLICE_ROWS, maxSlices: ERASURE_SLICES_PER_RUN }),
  },
];

/** Removes what has been kept long enough. A step that fails does not keep the next from running. */
export async function tidy({ scheduledTime }: ScheduledController, env: Env): Promise<void> {
  const configured = configOf(env);
  if (!configured.ok) {
    log("failed", { reason: "misconfigured", problems: configured.problems.join("; ") });
    return;
  }
  for (const { name, run } of STEPS) {
    try {
      const removed = await run({ db: env.DB, config: configured.config, nowMs: scheduledTime });
      log("tidied", { step: name, removed });
    } catch (error) {
      log("failed", { reason: "not-tidied", step: name, error: errorName(error) });
    }
  }
}
