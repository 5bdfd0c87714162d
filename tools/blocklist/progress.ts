import { Presets, SingleBar } from "cli-progress";
import { say } from "../lib/tool.ts";

export type Progress = { update: (done: number) => void; stop: () => void };

/** A pipe is told no more often than this: reading takes a hundred rules at a time. */
const LINE_EVERY_MS = 1_000;

/** How far a long job is, on stderr: a bar on a terminal, a line now and then elsewhere. */
export function progress(verb: string, total: number): Progress {
  if (!process.stderr.isTTY) return lines(verb, total);
  const bar = new SingleBar(
    { format: `${verb} {bar} {value} of {total}`, stream: process.stderr },
    Presets.shades_classic,
  );
  let started = false;
  return {
    // Not before the first step, for until then the command that takes it is printed.
    update: (done) => {
      if (started) bar.update(done);
      else bar.start(total, done);
      started = true;
    },
    stop: () => {
      if (started) bar.stop();
    },
  };
}

function lines(verb: string, total: number): Progress {
  let saidMs = 0;
  return {
    update: (done) => {
      if (done < total && performance.now() - saidMs < LINE_EVERY_MS) return;
      saidMs = performance.now();
      say(`${verb} ${done} of ${total}`);
    },
    stop: () => {},
  };
}
