import type { Shards } from "../../src/api/answers.ts";
import { jobOf, removeStateFile, writeStateFile } from "../lib/state-file.ts";
import type { Deployment } from "./deployment.ts";
import { type Part, partsOfMove } from "./parts.ts";
import { type MoveState, moveState, readState } from "./state.ts";
import { BEGINNING, type Count, NOTHING, sum, walk } from "./walk.ts";

/** The figures of each part. */
export type Found = { part: Part; count: Count }[];

export type OnSlice = (part: Part, all: Count) => void;

export const total = (found: Found): Count => found.map(({ count }) => count).reduce(sum, NOTHING);

/** Finds the rows that are in the wrong place. Writes nothing. */
export async function check(
  deployment: Deployment,
  { shards, onSlice }: { shards: Shards; onSlice: OnSlice },
): Promise<Found> {
  const found = partsOfMove(shards).map((part) => ({ part, count: NOTHING }));
  await pass(deployment, found, "check", BEGINNING, (part) => onSlice(part, total(found)));
  return found;
}

export type MoveJob = {
  /** Any URL of the deployment. */
  url: string;
  stateFile: string;
  signal: AbortSignal;
  /** Asks whether so much may be removed. Undefined: it may. */
  ask: ((found: Found) => Promise<boolean>) | undefined;
};

export type MoveTell = {
  onGoingOn(rows: number): void;
  onChecked: OnSlice;
  /** @param passed the number of rows to pass, where it is known */
  onBegin(passed: number | undefined): void;
  onMoved: OnSlice;
};

/**
 * Copies rows from the wrong place to the right one. Then removes the old ones after the Worker's check.
 *
 * @returns undefined where it may not remove them
 * @throws why it cannot be finished now; then the same job goes on where it was
 */
export async function move(
  deployment: Deployment,
  { url, stateFile, signal, ask }: MoveJob,
  tell: MoveTell,
): Promise<Found | undefined> {
  const { shards } = await deployment.shards();
  const parts = partsOfMove(shards);
  const job = jobOf(["move", new URL(url).origin, shards.shards, parts]);
  const saved = readState(stateFile, job, moveState);
  const state: MoveState = saved ?? {
    ...{ job, place: BEGINNING, total: null },
    counts: parts.map(() => NOTHING),
  };
  if (saved !== undefined) {
    tell.onGoingOn(saved.counts.reduce((rows, { removed }) => rows + removed, 0));
  } else if (ask !== undefined) {
    const found = await check(deployment, { shards, onSlice: tell.onChecked });
    const { rows, passed } = total(found);
    if (rows === 0) return found;
    if (!(await ask(found))) return undefined;
    state.total = passed;
  }
  const moved = parts.map((part, at) => ({ part, count: state.counts[at] ?? NOTHING }));
  tell.onBegin(state.total ?? undefined);
  await pass(deployment, moved, "move", state.place, (part, place) => {
    Object.assign(state, { place, counts: moved.map(({ count }) => count) });
    writeStateFile(stateFile, state);
    tell.onMoved(part, total(moved));
    signal.throwIfAborted();
  });
  removeStateFile(stateFile);
  return moved;
}

async function pass(
  deployment: Deployment,
  found: Found,
  how: "check" | "move",
  place: MoveState["place"],
  onSlice: (part: Part, place: MoveState["place"]) => void,
): Promise<void> {
  const parts = found.map(({ part }) => part);
  await walk(deployment, parts, how, place, (part, count, next) => {
    const each = found[parts.indexOf(part)];
    if (each !== undefined) each.count = sum(each.count, count);
    onSlice(part, next);
  });
}
