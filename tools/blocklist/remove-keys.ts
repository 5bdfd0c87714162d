import { progress } from "../lib/progress.ts";
import type { Storage } from "../lib/storage.ts";
import { deleteKeys, stepOf } from "./kv.ts";
import { rulesCount } from "./say.ts";
import { unfinished } from "./unfinished.ts";

/** Removes keys and shows the progress. If it stops early, it says what it has not reached. */
export async function removeKeys(storage: Storage, keys: readonly string[]): Promise<void> {
  const shown = progress("Removed", keys.length);
  let removed = 0;
  try {
    await deleteKeys(storage, keys, (done) => {
      removed = done;
      shown.update(done);
    });
  } catch (error) {
    const unsure = Math.min(stepOf(storage), keys.length - removed);
    const reached =
      `removed: ${removed} of ${rulesCount(keys)}\nperhaps removed: ${unsure}\n` +
      `not reached: ${keys.length - removed - unsure}`;
    throw unfinished(error, reached, "run the same command again: what is removed does not matter");
  } finally {
    shown.stop();
  }
}
