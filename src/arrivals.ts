import { ARRIVAL_STEP_MS, WRONG_SIGNS_MIN } from "./limits.ts";
import { errorName, log } from "./log.ts";

/**
 * What an isolate remembers of the callbacks of some ten minutes. It is enough to notice that nothing
 * authentic arrives any more, or that most Signs are wrong. A callback costs two additions.
 */
export function createArrivals() {
  let step = 0;
  let authentic = 0;
  let wrong = 0;
  let isTold = false;

  const isMostlyWrong = () => wrong >= WRONG_SIGNS_MIN && wrong > authentic;
  const enter = (nowMs: number) => {
    const now = nowMs - (nowMs % ARRIVAL_STEP_MS);
    if (now === step) return;
    step = now;
    authentic = 0;
    wrong = 0;
    isTold = false;
  };

  return {
    /**
     * Something authentic arrived. The first arrival of a step is stored, and the hourly run reads it.
     *
     * @returns undefined where there is nothing to wait for
     */
    authentic(nowMs: number, db: D1Database): Promise<void> | undefined {
      enter(nowMs);
      authentic += 1;
      if (authentic > 1) return undefined;
      return noteArrival(db, step).catch((error) => {
        log("failed", { reason: "not-counted", error: errorName(error) });
      });
    },

    /** The sender knows the app and the time, but not the token. Nothing about it is stored. */
    wrongSign(nowMs: number): void {
      enter(nowMs);
      wrong += 1;
      if (isTold || !isMostlyWrong()) return;
      isTold = true;
      log("failed", { reason: "signs-wrong", wrong, authentic });
    },

    /** Whether most of what came in this step had a wrong Sign. */
    isMostlyWrong(nowMs: number): boolean {
      enter(nowMs);
      return isMostlyWrong();
    },
  };
}

async function noteArrival(db: D1Database, at: number): Promise<void> {
  const { insertArrival } = await import("./db/arrivals.ts");
  await insertArrival(db, at);
}

/** One for the isolate. */
export const arrivals = createArrivals();
