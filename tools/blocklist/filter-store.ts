import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FilterStore } from "../../src/blocklist/filter-store.ts";
import { noteWritten } from "../../src/blocklist/filter-store.ts";
import { outputOf } from "../lib/child.ts";
import { withFolder } from "../lib/folder.ts";
import { type Storage, storageFlags } from "../lib/storage.ts";
import { ToolError } from "../lib/tool.ts";
import { runWrangler, spawnWrangler } from "../lib/wrangler.ts";
import { isFiltered } from "./kinds.ts";
import { localStore } from "./local-namespace.ts";

/**
 * Adds these keys to the filter, if there is one, so that the Worker reads them. Call it before their
 * rules are written.
 */
export async function noteInFilter(storage: Storage, keys: readonly string[]): Promise<void> {
  if (isFiltered(storage)) await noteWritten(filterStore(storage), keys);
}

/** The namespace, for values that are bytes. */
export function filterStore(storage: Storage): FilterStore {
  if (!storage.remote) return localStore(storage.persistTo);
  const flags = () => ["--binding", "BLOCKLIST", ...storageFlags(storage)];
  return {
    get: (key) => withFolder((folder) => getBytes(["kv", "key", "get", key, ...flags()], folder)),
    put: (key, value) =>
      withFolder(async (folder) => {
        const file = join(folder, "value");
        writeFileSync(file, value, { mode: 0o600 });
        await runWrangler(["kv", "key", "put", key, "--path", file, ...flags()]);
      }),
  };
}

/** wrangler's output goes into a file as it is. As text, it would not be the same bytes. */
async function getBytes(args: readonly string[], folder: string): Promise<ArrayBuffer | null> {
  const path = join(folder, "value");
  const file = openSync(path, "w", 0o600);
  try {
    const child = spawnWrangler(args, { stdio: ["ignore", file, "pipe"], env: { CI: "true" } });
    const { code, stderr } = await outputOf(child);
    const bytes = readFileSync(path);
    if (code === 0) return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    if (/ - 404\b/.test(stderr)) return null;
    const todo = "mend what wrangler names; `npx wrangler login` where it is not logged in";
    throw new ToolError(`wrangler ${args.join(" ")} failed:\n${stderr}`.trimEnd(), todo);
  } finally {
    closeSync(file);
  }
}
