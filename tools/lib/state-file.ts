import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./wrangler.ts";

/** Where a tool keeps the state of its work on a deployment. Git does not see it. */
export function stateFileFor(work: string, url: string): string {
  const host = new URL(url).host.replaceAll(/[^\w.-]/g, "_");
  return join(root, ".wrangler", "friendgate", `${work}-${host}.json`);
}

/** What makes one work different from another. */
export function jobOf(parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/**
 * What the file contains. Undefined if there is no file. `json` is undefined if the content is not
 * JSON.
 */
export function readStateFile(file: string): { json: unknown } | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return { json: JSON.parse(readFileSync(file, "utf8")) };
  } catch {
    return { json: undefined };
  }
}

/** Writes the file in one step. Only the user who runs the tool can read it. */
export function writeStateFile(file: string, state: object): void {
  mkdirSync(dirname(file), { recursive: true });
  const written = `${file}.${process.pid}`;
  writeFileSync(written, JSON.stringify(state), { mode: 0o600 });
  renameSync(written, file);
}

export function removeStateFile(file: string): void {
  rmSync(file, { force: true });
}
