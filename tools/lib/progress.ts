import { Presets, SingleBar } from "cli-progress";
import { say } from "./tool.ts";

export type Progress = {
  /** @param more what else is worth saying at this moment */
  update: (done: number, more?: string) => void;
  /** Prints something else meanwhile. */
  above: (print: () => void) => void;
  stop: () => void;
};

/** A pipe gets at most one line in this time. A long job may set another time. */
const LINE_EVERY_MS = 1_000;

/**
 * Shows on stderr how far a long job is: a bar on a terminal, a line now and then elsewhere.
 *
 * @param total undefined if nobody knows it
 */
export function progress(
  verb: string,
  total: number | undefined,
  lineEveryMs = LINE_EVERY_MS,
): Progress {
  if (!process.stderr.isTTY) return lines(verb, total, lineEveryMs);
  const place = total === undefined ? "{value}" : "{bar} {value} of {total}";
  const bar = new SingleBar(
    { format: `${verb} ${place}{more}`, stream: process.stderr },
    Presets.shades_classic,
  );
  let started = false;
  return {
    // The bar starts with the first step. Before that, the command of this step is printed.
    update: (done, more) => {
      if (started) bar.update(done, { more: behind(more) });
      else bar.start(total ?? 0, done, { more: behind(more) });
      started = true;
    },
    above: (print) => {
      if (started) process.stderr.write("\r\u001b[K");
      print();
    },
    stop: () => {
      if (started) bar.stop();
    },
  };
}

function lines(verb: string, total: number | undefined, everyMs: number): Progress {
  // The first step is told at once, even if it ends soon after the start.
  let saidMs = Number.NEGATIVE_INFINITY;
  return {
    update: (done, more) => {
      const isEnd = total !== undefined && done >= total;
      if (!isEnd && performance.now() - saidMs < everyMs) return;
      saidMs = performance.now();
      say(`${verb} ${done}${total === undefined ? "" : ` of ${total}`}${behind(more)}`);
    },
    above: (print) => print(),
    stop: () => {},
  };
}

function behind(more: string | undefined): string {
  return more === undefined ? "" : ` | ${more}`;
}
