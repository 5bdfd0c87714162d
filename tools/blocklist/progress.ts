import { Presets, SingleBar } from "cli-progress";

export type Progress = { update: (done: number) => void; stop: () => void };

/** How far a long job is, on stderr: a bar on a terminal, a line for each step elsewhere. */
export function progress(verb: string, total: number): Progress {
  if (!process.stderr.isTTY) {
    return {
      update: (done) => console.error(`${verb} ${done} of ${total}`),
      stop: () => {},
    };
  }
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
