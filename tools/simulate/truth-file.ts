import { readFileSync, renameSync, writeFileSync } from "node:fs";
import * as z from "zod";
import { ToolError } from "../lib/tool.ts";
import type { TrueList } from "../tencent/lists.ts";

/** One list a line, in the form that the API takes. */
const lineSchema = z.object({
  userId: z.string().min(1),
  friends: z.array(
    z.object({ friendId: z.string().min(1), addedAt: z.int().nonnegative().optional() }),
  ),
});

/** Writes who is whose friend. It writes in one step, because `simulate rest` may read at this moment. */
export function writeTruth(file: string, lists: Iterable<TrueList>): void {
  const lines = [...lists].map((list) => `${JSON.stringify(list)}\n`);
  writeFileSync(`${file}.${process.pid}`, lines.join(""), { mode: 0o600 });
  renameSync(`${file}.${process.pid}`, file);
}

/** @throws {ToolError} where a line is not a list */
export function readTruth(file: string): TrueList[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line, index) => (line.trim() === "" ? [] : [listIn(line, `${file}:${index + 1}`)]));
}

function listIn(line: string, place: string): TrueList {
  try {
    return lineSchema.parse(JSON.parse(line));
  } catch {
    throw new ToolError(
      `${place}: no friend list`,
      'a line is {"userId":"alice","friends":[{"friendId":"bob","addedAt":1700000000000}]}',
    );
  }
}
