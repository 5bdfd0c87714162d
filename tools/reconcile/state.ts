import * as z from "zod";
import { readStateFile, stateFileFor } from "../lib/state-file.ts";
import { UsageError } from "../lib/tool.ts";
import { type Found, withoutFailed } from "./figures.ts";
import type { Place } from "./source.ts";

const count = z.int().nonnegative();
const stateSchema = z.object({
  /** A digest of the job. A different job does not go on from here. */
  job: z.string(),
  startedAt: z.int(),
  found: z.object({
    users: count,
    checked: count,
    missing: count,
    extra: count,
    repaired: count,
    unchanged: count,
    skipped: count,
    failed: count,
  }),
  failed: z.array(z.string()),
  place: z.object({
    next: z.string().nullable(),
    waiting: z.array(z.string()),
    met: z.array(z.string()).optional(),
  }),
});

/** All that another process needs to go on. It holds accounts, and no key. */
export type State = {
  job: string;
  startedAt: number;
  found: Found;
  /** Users who could not be read. They are tried again. */
  failed: string[];
  place: Place;
};

/** The file with the state of work on a deployment, unless another file is given. */
export function stateFile(url: string, appId: number): string {
  return stateFileFor(`reconcile-${appId}`, url);
}

/**
 * The point to go on from. Undefined if there is none.
 *
 * @throws {UsageError} where the file belongs to another job
 */
export function readState(file: string, job: string): State | undefined {
  const read = readStateFile(file);
  if (read === undefined) return undefined;
  const parsed = stateSchema.safeParse(read.json);
  if (!parsed.success || parsed.data.job !== job) {
    throw new UsageError(
      `${file} is the state of a reconciliation with other users or options, which has not ended`,
      "end that one first with its own command; or delete the file, or give another one by --state",
    );
  }
  const { found, failed, place, ...state } = parsed.data;
  const { next, waiting, met } = place;
  return {
    ...state,
    found: withoutFailed(found),
    failed: [],
    place: { next, waiting: [...failed, ...waiting], ...(met && { met }) },
  };
}
