import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./wrangler.ts";

/** Where the state of a tool's work on a deployment is. Git does not see it. */
export function stateFileFor(work: string, url: string): string {
  const host = new URL(url).host.replaceAll(/[^\w.-]/g, "_");
  return join(root, ".wrangler", "friendgate", `${work}-${host}.json`);
}

/** What tells one work from another. */
export function jobOf(parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/** What stands in the file; undefined where there is none. `json` is undefined where it is no JSON. */
export function readStateFile(file: string): { json: unknown } | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return { json: JSON.parse(readFileSync(file, "utf8")) };
  } catch {
    return { json: undefined };
  }
}

/** In one step, and for the user alone who runs it. */
export function writeStateFile(file: string, state: object): void {
  mkdirSync(dirname(file), { recursive: true });
  const written = `${file}.${process.pid}`;
  writeFileSync(written, JSON.stringify(state), { mode: 0o600 });
  renameSync(written, file);
}

export function removeStateFile(file: string): void {
  rmSync(file, { force: true });
}
