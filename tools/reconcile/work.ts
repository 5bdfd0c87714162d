import { jobOf, removeStateFile, writeStateFile } from "../lib/state-file.ts";
import { createDeployment } from "./deployment.ts";
import { type Found, NOTHING } from "./figures.ts";
import { createPace } from "./pace.ts";
import { appendPairs, beginPairs } from "./pairs-file.ts";
import { reconcile, type Watch, type Work } from "./reconcile.ts";
import type { Report } from "./report.ts";
import { createRest } from "./rest.ts";
import { createSigner } from "./signer.ts";
import { BEGINNING, createSource, pagesOf, sampleOf } from "./source.ts";
import { readState, type State } from "./state.ts";

export type Job = {
  /** Any URL of the deployment. */
  url: string;
  token: string;
  tencent: string;
  appId: number;
  key: string;
  identifier: string;
  /** Undefined: the users of the friends table. */
  users: readonly string[] | undefined;
  /** Reads only so many of these users. */
  sample: number | undefined;
  follows: Work["follows"];
  dryRun: boolean;
  rate: number;
  concurrency: number;
  /** The file for the pairs that differ, if one is wanted. */
  pairs: string | undefined;
  /** Undefined: another run cannot go on from here. */
  stateFile: string | undefined;
  signal: AbortSignal;
};

export type Tell = {
  onGoingOn(users: number): void;
  onLeftOut(userId: string, because: string): void;
  /** @param before how many users were done by another process */
  onProgress(found: Found, before: number): void;
};

/** Writing takes a moment if friendships are followed: the file then holds everybody who was met. */
const STATE_EVERY_MS = 2_000;

/**
 * Does a job from the point where it stopped to its end. It saves its state, so that another run can go on.
 *
 * @throws why it cannot be finished now
 */
export async function work(job: Job, tell: Tell): Promise<Report> {
  const { url, token, tencent, appId, identifier, follows, dryRun, pairs, stateFile } = job;
  const whose = job.users ?? "known";
  const name = jobOf([new URL(url).origin, tencent, appId, whose, follows, dryRun]);
  const before = stateFile === undefined ? undefined : readState(stateFile, name);
  const done = before?.found.users ?? 0;
  if (before) tell.onGoingOn(done);
  else if (pairs !== undefined) beginPairs(pairs);

  const halt = new AbortController();
  job.signal.addEventListener("abort", () => halt.abort(job.signal.reason));
  const { signal } = halt;
  const deployment = createDeployment({ url, token, signal });
  const aheadMs = await deployment.clockAheadMs();
  const now = () => Date.now() + aheadMs;
  const signer = createSigner({ identifier, appId, key: job.key });
  const pace = createPace(job.rate);
  const rest = createRest({ tencent, appId, identifier, signer, pace, signal });
  const all = job.users ? pagesOf(job.users) : deployment.usersAt;
  const some = job.sample === undefined ? all : pagesOf(await sampleOf(all, job.sample));
  const place = before?.place ?? BEGINNING;
  const source = createSource(some, { finds: follows !== "nobody", place });
  const startedAt = before?.startedAt ?? now();

  let savedMs = Number.NEGATIVE_INFINITY;
  const save = () => {
    const { found, failed } = watch;
    const state: State = { job: name, startedAt, found, failed, place: source.place() };
    if (stateFile !== undefined) writeStateFile(stateFile, state);
    savedMs = performance.now();
  };
  const watch: Watch = {
    found: before?.found ?? NOTHING,
    failed: [],
    onLeftOut: tell.onLeftOut,
    onCompared: (compared) => {
      if (pairs !== undefined) appendPairs(pairs, compared);
    },
    onDone() {
      tell.onProgress(watch.found, done);
      if (performance.now() - savedMs > STATE_EVERY_MS) save();
    },
  };
  const how = { concurrency: job.concurrency, dryRun, pairs: pairs !== undefined, follows };
  try {
    await reconcile({ source, rest, deployment, now, halt, ...how }, watch);
  } catch (error) {
    // If nothing was done, an option may be wrong. A run with another option must not find this state.
    if (watch.found.users > 0) save();
    throw error;
  }
  const { unchanged: _, ...figures } = watch.found;
  const report: Report = { startedAt, finishedAt: now(), dryRun, found: watch.found };
  await deployment.keep({ ...figures, startedAt, finishedAt: report.finishedAt, dryRun });
  if (stateFile !== undefined) removeStateFile(stateFile);
  return report;
}
