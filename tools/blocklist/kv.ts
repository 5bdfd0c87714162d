import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { withFolder } from "../lib/folder.ts";
import { shellCommand } from "../lib/shell.ts";
import { type Storage, storageFlags } from "../lib/storage.ts";
import { runWrangler } from "../lib/wrangler.ts";
import { bulkFile } from "./bulk-file.ts";
import type { Entry } from "./entry.ts";
import { listLocalKeys, type StoredKey } from "./local-keys.ts";

/** Called with how many are done. */
export type OnProgress = (done: number) => void;

/** The API's bulk read takes 100 keys, and wrangler passes on what it is given. */
const REMOTE_GET_MAX_KEYS = 100;
/** Local storage has no such limit: some seconds of reading make one step of progress. */
const LOCAL_GET_MAX_KEYS = 2_000;
/** The API takes 10,000, and wrangler sends 1,000 at once: as many make one step of progress. */
export const PUT_MAX_ENTRIES = 1_000;

export function describeStorage({ remote, env, persistTo }: Storage): string {
  return remote
    ? `the account (remote${env === undefined ? "" : `, ${env}`})`
    : `local storage (${persistTo ?? ".wrangler/state"})`;
}

/** Every key, in KV's order. */
export async function listKeys(storage: Storage): Promise<StoredKey[]> {
  if (storage.remote) return JSON.parse(await run(["key", "list"], storage));
  return listLocalKeys(storage.persistTo);
}

/** The values of these keys. A key without a value is left out. */
export async function getValues(
  storage: Storage,
  keys: readonly string[],
  onProgress: OnProgress = () => {},
): Promise<Map<string, string>> {
  const values = new Map<string, string>();
  const size = storage.remote ? REMOTE_GET_MAX_KEYS : LOCAL_GET_MAX_KEYS;
  await inFiles(keys, size, JSON.stringify, async (file, part, done) => {
    const printed = await run(["bulk", "get", file], storage, { again: done > 0 });
    for (const [key, value] of Object.entries(parseBulkGet(printed))) values.set(key, value);
    onProgress(done + part.length);
  });
  return values;
}

/** Writes rules in their order, step by step. When a step fails, the steps before it are done. */
export async function putEntries(
  storage: Storage,
  entries: readonly Entry[],
  onProgress: OnProgress = () => {},
): Promise<void> {
  await inFiles(entries, PUT_MAX_ENTRIES, bulkFile, async (file, part, done) => {
    await run(["bulk", "put", file], storage, { again: done > 0 });
    onProgress(done + part.length);
  });
}

/**
 * Writes one rule. The value goes to wrangler in a file, for `ps` shows a command line to every user
 * of the machine. The command that is printed has the value in it, so that it can be pasted. The key
 * stands on both: wrangler takes it from nowhere else.
 */
export async function putEntry(storage: Storage, entry: Entry): Promise<void> {
  const { key, value, expiration, expiration_ttl: ttl } = entry;
  const expiry = [
    ...(expiration === undefined ? [] : ["--expiration", String(expiration)]),
    ...(ttl === undefined ? [] : ["--ttl", String(ttl)]),
  ];
  await withFolder(async (folder) => {
    const file = join(folder, "value");
    writeFileSync(file, value);
    const args = ["key", "put", key, "--path", file, ...expiry];
    await run(args, storage, { printed: ["key", "put", key, value, ...expiry] });
  });
}

export async function deleteKey(storage: Storage, key: string): Promise<void> {
  await run(["key", "delete", key], storage);
}

/** What `kv bulk get` prints: of local storage each value in an object, of the account as it is. */
export function parseBulkGet(printed: string): Record<string, string> {
  const found: Record<string, string | null | { value: string | null }> = JSON.parse(printed);
  return Object.fromEntries(
    Object.entries(found).flatMap(([key, value]) => {
      const text = typeof value === "object" ? value?.value : value;
      return typeof text === "string" ? [[key, text]] : [];
    }),
  );
}

/** The arguments of `wrangler kv …`. */
export function kvCommand(args: readonly string[], storage: Storage): string[] {
  return ["kv", ...args, "--binding", "BLOCKLIST", ...storageFlags(storage)];
}

/** Runs it, and says so on stderr unless it is the same as before with another file. */
async function run(
  args: readonly string[],
  storage: Storage,
  { again = false, printed = args } = {},
): Promise<string> {
  if (!again) console.error(`+ npx wrangler ${shellCommand(kvCommand(printed, storage))}`);
  return runWrangler(kvCommand(args, storage));
}

/** Hands values on in files, one after the other. Each holds at most `size` values. */
async function inFiles<T>(
  values: readonly T[],
  size: number,
  textOf: (part: T[]) => string,
  use: (file: string, part: T[], done: number) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const file = join(folder, "part.json");
    for (let done = 0; done < values.length; done += size) {
      const part = values.slice(done, done + size);
      writeFileSync(file, textOf(part));
      await use(file, part, done);
    }
  });
}
