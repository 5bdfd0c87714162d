import { jobOf, removeStateFile, writeStateFile } from "../lib/state-file.ts";
import type { Deployment } from "./deployment.ts";
import { mapAfter, type Part, type Plan, partsOfCopies, partsOfCopy } from "./parts.ts";
import { type CopyState, copyState, readState } from "./state.ts";
import { BEGINNING, type Count, NOTHING, sum, walk } from "./walk.ts";

export type CopyJob = {
  /** Any URL of the deployment. */
  url: string;
  plan: Plan;
  /** In ms. Undefined: copies everything, and then what has changed meanwhile, pass by pass. */
  since: number | undefined;
  stateFile: string;
  signal: AbortSignal;
};

export type Copied = {
  passes: CopyState["passes"];
  /** Changes since this time may be missing at the new place, in ms. */
  changedSince: number;
  /** SHARDS now, and SHARDS afterwards. */
  before: string;
  after: string;
};

export type CopyTell = {
  /** The new place has copies from an earlier run. */
  onOldCopies(): void;
  onGoingOn(pass: number): void;
  /** @param passed rows that the pass before went through, if there was one */
  onPass(pass: number, passed: number | undefined): void;
  onSlice(part: Part, count: Count): void;
};

/** A row has the time of its database's clock. The passes begin by our clock. */
export const MARGIN_MS = 5 * 60_000;
/** A last copy of so much time's changes, while the queue is paused, takes almost no time. */
export const SHORT_PASS_MS = 60_000;

/**
 * Copies what the users of some slots have. Then copies what has changed meanwhile, until that takes no time.
 *
 * @throws why it cannot be finished now; then the same job goes on where it was
 */
export async function copy(
  deployment: Deployment,
  { url, plan, since, stateFile, signal }: CopyJob,
  tell: CopyTell,
  clock: () => number = Date.now,
): Promise<Copied> {
  const { shards, aheadMs } = await deployment.shards();
  const now = () => clock() + aheadMs;
  const job = jobOf(["copy", new URL(url).origin, shards.shards, plan, since]);
  const saved = readState(stateFile, job, copyState);
  const fresh = { job, startedAt: now(), place: BEGINNING, count: NOTHING };
  const state: CopyState = saved ?? { ...fresh, passes: [] };
  const after = mapAfter(shards, plan);
  if (saved !== undefined) tell.onGoingOn(saved.passes.length + 1);
  else if (since === undefined && (await hasCopies(deployment, plan))) tell.onOldCopies();
  for (;;) {
    const { passes } = state;
    const last = passes.at(-1);
    const from = last === undefined ? since : last.startedAt - MARGIN_MS;
    const parts = partsOfCopy(shards, plan, from);
    tell.onPass(passes.length + 1, last?.count.passed);
    await walk(deployment, parts, "copy", state.place, (part, count, place) => {
      Object.assign(state, { place, count: sum(state.count, count) });
      writeStateFile(stateFile, state);
      tell.onSlice(part, state.count);
      signal.throwIfAborted();
    });
    const { startedAt, count } = state;
    passes.push({ since: from ?? null, startedAt, tookMs: now() - startedAt, count });
    if (since !== undefined || isLast(passes.map(({ tookMs }) => tookMs))) break;
    Object.assign(state, { ...fresh, startedAt: now() });
    writeStateFile(stateFile, state);
  }
  removeStateFile(stateFile);
  const changedSince = (state.passes.at(-1)?.startedAt ?? now()) - MARGIN_MS;
  return { passes: state.passes, changedSince, before: shards.shards, after };
}

/**
 * Whether the new place has rows that do not belong there yet. Users are not sorted by slot, so the first
 * slice of a table shows it.
 */
async function hasCopies(deployment: Deployment, plan: Plan): Promise<boolean> {
  for (const part of partsOfCopies(plan)) {
    if ((await deployment.slice(part, "check", null)).rows > 0) return true;
  }
  return false;
}

/** Whether another pass would have as much to do. */
export function isLast(tookMs: readonly number[]): boolean {
  const last = tookMs.at(-1) ?? 0;
  const before = tookMs.at(-2) ?? Number.POSITIVE_INFINITY;
  return last <= SHORT_PASS_MS || last > before / 2;
}
