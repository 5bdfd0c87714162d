import { setTimeout } from "node:timers/promises";

export type Clock = {
  nowMs(): number;
  wait(ms: number, signal: AbortSignal): Promise<unknown>;
};

export const CLOCK: Clock = {
  nowMs: () => performance.now(),
  wait: (ms, signal) => setTimeout(ms, undefined, { signal }),
};
