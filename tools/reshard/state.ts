import * as z from "zod";
import { readStateFile } from "../lib/state-file.ts";
import { UsageError } from "../lib/tool.ts";

const number = z.int().nonnegative();
const count = z.object({ passed: number, rows: number, behind: number, removed: number });
const place = z.object({ part: number, after: z.string().nullable() });

export const copyState = z.object({
  /** A digest of the job. A different job does not go on from here. */
  job: z.string(),
  /** The passes that are finished. */
  passes: z.array(z.object({ since: number.nullable(), startedAt: number, tookMs: number, count })),
  /** The pass that is under way. */
  startedAt: number,
  place,
  count,
});
export type CopyState = z.output<typeof copyState>;

export const moveState = z.object({
  job: z.string(),
  place,
  /** By the index of the part. */
  counts: z.array(count),
  /** The number of rows to pass, if they were counted. */
  total: number.nullable(),
});
export type MoveState = z.output<typeof moveState>;

/**
 * The point to go on from. Undefined if there is none.
 *
 * @throws {UsageError} where the file belongs to another job
 */
export function readState<State extends { job: string }>(
  file: string,
  job: string,
  schema: z.ZodType<State>,
): State | undefined {
  const read = readStateFile(file);
  if (read === undefined) return undefined;
  const parsed = schema.safeParse(read.json);
  if (parsed.success && parsed.data.job === job) return parsed.data;
  throw new UsageError(
    `${file} is the state of another one, or with another SHARDS, which has not ended`,
    "end that one first with its own command; or delete the file, and begin anew: nothing is lost by it",
  );
}
