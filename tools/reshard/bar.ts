import { durationText } from "../lib/duration.ts";
import { progress } from "../lib/progress.ts";
import type { Part } from "./parts.ts";
import type { Count } from "./walk.ts";

const LINE_EVERY_MS = 5_000;

/**
 * How far it is, in rows that were passed.
 *
 * @param passed the number of rows, where it is known
 */
export function barOf(passed?: number) {
  const bar = progress("rows passed", passed, LINE_EVERY_MS);
  const beganMs = performance.now();
  let before: number | undefined;
  return {
    update(part: Part, count: Count) {
      before ??= count.passed;
      const what = `${count.rows} belong elsewhere, at ${part.from} ${part.table}`;
      const left = passed === undefined ? undefined : passed - count.passed;
      const elapsedMs = performance.now() - beganMs;
      bar.update(
        count.passed,
        progressText(what, { done: count.passed - before, left, elapsedMs }),
      );
    },
    stop: () => bar.stop(),
  };
}

/** One line: how fast it is, and how long it will take. */
function progressText(
  what: string,
  { done, left, elapsedMs }: { done: number; left: number | undefined; elapsedMs: number },
): string {
  const perSecond = (done * 1000) / Math.max(1, elapsedMs);
  const rest =
    left === undefined || left < 0 || done === 0
      ? ""
      : `, ${durationText((left * 1000) / perSecond)} left`;
  return `${Math.round(perSecond)} a second${rest} | ${what}`;
}
