import type { MovedSlice } from "../../src/api/answers.ts";
import { MOVE_CHANGES_SLICE_ROWS, MOVE_SLICE_ROWS } from "../../src/limits.ts";
import type { Deployment } from "./deployment.ts";
import type { How, Part } from "./parts.ts";

/** Where the next slice begins: in which part, and behind which row. */
export type Place = { part: number; after: string | null };

export const BEGINNING: Place = { part: 0, after: null };

export type Count = {
  /** Rows that were passed, as far as it is known: slices are counted whole. */
  passed: number;
  /** How many of them belong elsewhere. */
  rows: number;
  /** How many of these were missing there, or older there. */
  behind: number;
  removed: number;
};

export const NOTHING: Count = { passed: 0, rows: 0, behind: 0, removed: 0 };

/** Passes through the parts from a place to the end. After each slice, it tells where it is. */
export async function walk(
  deployment: Pick<Deployment, "slice">,
  parts: readonly Part[],
  how: How,
  place: Place,
  onSlice: (part: Part, count: Count, next: Place) => void,
): Promise<void> {
  let { part: at, after } = place;
  for (let part = parts[at]; part !== undefined; part = parts[at]) {
    const slice = await deployment.slice(part, how, after);
    after = slice.after;
    if (after === null) at += 1;
    onSlice(part, countOf(part, slice), { part: at, after });
  }
}

export function sum(one: Count, other: Count): Count {
  return {
    passed: one.passed + other.passed,
    rows: one.rows + other.rows,
    behind: one.behind + other.behind,
    removed: one.removed + other.removed,
  };
}

function countOf({ since }: Part, { after, rows, behind, removed }: MovedSlice): Count {
  const size = since === undefined ? MOVE_SLICE_ROWS : MOVE_CHANGES_SLICE_ROWS;
  return { passed: after === null ? rows : size, rows, behind, removed };
}
