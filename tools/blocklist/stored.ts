import type { Entry, Located } from "../../src/blocklist/entry.ts";
import { progress } from "../lib/progress.ts";
import type { Storage } from "../lib/storage.ts";
import { say } from "../lib/tool.ts";
import { describeStorage, getValues, listKeys } from "./kv.ts";

type Stored = {
  rules: Located<Entry>[];
  /** How many keys were chosen. `rules` are the first of them. */
  total: number;
};

/** What is stored under the chosen keys, in their order. */
export async function readStored(
  storage: Storage,
  isChosen: (key: string) => boolean = () => true,
  limit = Number.POSITIVE_INFINITY,
): Promise<Stored> {
  say(`reading ${describeStorage(storage)}`);
  const chosen = (await listKeys(storage)).filter(({ name }) => isChosen(name));
  const keys = chosen.slice(0, limit);
  const names = keys.map(({ name }) => name);
  const shown = progress("Read", names.length);
  const values = await getValues(storage, names, shown.update).finally(shown.stop);
  // A rule may have ended between the list and the read.
  const rules = keys.flatMap(({ name: key, ...rest }) => {
    const value = values.get(key);
    return value === undefined ? [] : [{ key, value, ...rest, line: undefined }];
  });
  return { rules, total: chosen.length };
}
