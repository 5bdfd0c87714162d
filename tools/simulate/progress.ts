import cliProgress from "cli-progress";
import { latencyOf, latencyText } from "../lib/latency.ts";
import { say } from "../lib/tool.ts";

export type Figures = {
  /** Callbacks that were sent and are finished. */
  sent: number;
  ok: number;
  /** How many of the OK ones were friend responses that were refused. */
  blocked: number;
  failed: number;
  durationsMs: number[];
};

const LINE_EVERY_MS = 5_000;

/** On a terminal, a bar with live figures. Elsewhere, a line now and then. */
export function showProgress(total: number, figures: Figures): { step(): void; stop(): void } {
  if (process.stderr.isTTY) {
    const bar = new cliProgress.SingleBar({
      format: "{bar} {percentage}% | {value} of {total} events | {figures}",
      hideCursor: true,
    });
    bar.start(total, 0, { figures: "" });
    const refresh = setInterval(() => bar.update({ figures: figuresText(figures) }), 500);
    return {
      step: () => bar.increment(),
      stop() {
        clearInterval(refresh);
        bar.update({ figures: figuresText(figures) });
        bar.stop();
      },
    };
  }
  let done = 0;
  const print = () => say(`${done} of ${total} events | ${figuresText(figures)}`);
  const every = setInterval(print, LINE_EVERY_MS);
  return {
    step: () => {
      done += 1;
    },
    stop: () => clearInterval(every),
  };
}

function figuresText({ sent, ok, failed, durationsMs }: Figures): string {
  const latency = latencyOf(durationsMs);
  return `sent ${sent}, OK ${ok}, failed ${failed}${latency ? ` | ${latencyText(latency)}` : ""}`;
}
