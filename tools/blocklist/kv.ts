import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Entry } from "../../src/blocklist/entry.ts";
import { isFilterKey } from "../../src/blocklist/packed.ts";
import { withFolder } from "../lib/folder.ts";
import { shellCommand } from "../lib/shell.ts";
import { type Storage, storageFlags } from "../lib/storage.ts";
import { runWrangler } from "../lib/wrangler.ts";
import { bulkFile } from "./bulk-file.ts";
import { noteInFilter } from "./filter-store.ts";
import {
  deleteLocalKeys,
  getLocalValues,
  LOCAL_STEP,
  listLocalKeys,
  putLocalEntries,
  type StoredKey,
} from "./local-namespace.ts";

/** Called with the number of values that are done. */
export type OnProgress = (done: number) => void;

/** The API's bulk read takes 100 keys. wrangler does not split what it gets. */
const REMOTE_GET_MAX_KEYS = 100;
/** The API takes 10,000, and wrangler sends 1,000 at once. So one step of progress has 1,000. */
const REMOTE_STEP = 1_000;

/** How many rules one step of writing holds. */
export function stepOf({ remote }: Storage): number {
  return remote ? REMOTE_STEP : LOCAL_STEP;
}

export function describeStorage({ remote, env, persistTo }: Storage): string {
  return remote
    ? `the account (remote${env === undefined ? "" : `, ${env}`})`
    : `local storage (${persistTo ?? ".wrangler/state"})`;
}

/** Every rule's key, in KV's order. */
export async function listKeys(storage: Storage): Promise<StoredKey[]> {
  const keys: StoredKey[] = storage.remote
    ? JSON.parse(await runShown(["key", "list"], storage))
    : await listLocalKeys(storage.persistTo);
  return keys.filter(({ name }) => !isFilterKey(name));
}

/** The values of these keys. A key without a value is left out. */
export async function getValues(
  storage: Storage,
  keys: readonly string[],
  onProgress: OnProgress = () => {},
): Promise<Map<string, string>> {
  if (!storage.remote) return getLocalValues(storage.persistTo, keys, onProgress);
  const values = new Map<string, string>();
  await inFiles(keys, REMOTE_GET_MAX_KEYS, JSON.stringify, async (file, done) => {
    const printed = await run(["bulk", "get", file], storage);
    for (const [key, value] of Object.entries<string | null>(JSON.parse(printed))) {
      if (value !== null) values.set(key, value);
    }
    onProgress(done);
  });
  return values;
}

/** Writes rules in their order, step by step. When a step fails, the steps before it are done. */
export async function putEntries(
  storage: Storage,
  entries: readonly Entry[],
  onProgress: OnProgress,
): Promise<void> {
  const keys = entries.map(({ key }) => key);
  await noteInFilter(storage, keys);
  if (!storage.remote) return putLocalEntries(storage.persistTo, entries, onProgress);
  return inFiles(entries, REMOTE_STEP, bulkFile, async (file, done) => {
    await run(["bulk", "put", file], storage);
    onProgress(done);
  });
}

/** Removes keys, step by step. A missing key is no error. */
export function deleteKeys(
  storage: Storage,
  keys: readonly string[],
  onProgress: OnProgress,
): Promise<void> {
  if (!storage.remote) return deleteLocalKeys(storage.persistTo, keys, onProgress);
  return inFiles(keys, REMOTE_STEP, JSON.stringify, async (file, done) => {
    await run(["bulk", "delete", file, "--force"], storage);
    onProgress(done);
  });
}

/**
 * Writes one rule. wrangler gets the value in a file, because `ps` shows command lines to every user of
 * the machine. The printed command has the value in it, so that people can paste it. Both commands have
 * the key: wrangler takes it from nowhere else.
 */
export async function putEntry(storage: Storage, entry: Entry): Promise<void> {
  const { key, value, expiration, expiration_ttl: ttl } = entry;
  const expiry = [
    ...(expiration === undefined ? [] : ["--expiration", String(expiration)]),
    ...(ttl === undefined ? [] : ["--ttl", String(ttl)]),
  ];
  await noteInFilter(storage, [key]);
  await withFolder(async (folder) => {
    const file = privateFile(folder, "value", value);
    const args = ["key", "put", key, "--path", file, ...expiry];
    await runShown(args, storage, ["key", "put", key, value, ...expiry]);
  });
}

export async function deleteKey(storage: Storage, key: string): Promise<void> {
  await runShown(["key", "delete", key], storage);
}

/** The arguments of `wrangler kv …`. */
export function kvCommand(args: readonly string[], storage: Storage): string[] {
  return ["kv", ...args, "--binding", "BLOCKLIST", ...storageFlags(storage)];
}

/** Prints the command in a form that can be repeated, and runs it. */
async function runShown(
  args: readonly string[],
  storage: Storage,
  printed = args,
): Promise<string> {
  console.error(`+ npx wrangler ${shellCommand(kvCommand(printed, storage))}`);
  return run(args, storage);
}

function run(args: readonly string[], storage: Storage): Promise<string> {
  return runWrangler(kvCommand(args, storage));
}

/** Hands values on in files, one file after the other. `done` counts the values up to the end of a file. */
async function inFiles<T>(
  values: readonly T[],
  size: number,
  textOf: (part: T[]) => string,
  use: (file: string, done: number) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    for (let start = 0; start < values.length; start += size) {
      const part = values.slice(start, start + size);
      await use(privateFile(folder, "part.json", textOf(part)), start + part.length);
    }
  });
}

/** Only this user can read it, because it holds accounts. */
function privateFile(folder: string, name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}
